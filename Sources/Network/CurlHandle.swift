internal import CCurl
internal import Glibc

/// A connection to servers through libcurl, kept open between requests with its cookies and what it knows of names.
///
/// Used by one thread at a time: the thread it belongs to, or the one that holds its owner's lock.
final class CurlHandle: @unchecked Sendable {
  private var made: UnsafeMutableRawPointer?

  /// libcurl's handle, made for the first request: runs without servers need nothing of libcurl and its libraries.
  private var curl: UnsafeMutableRawPointer? {
    if made == nil, Self.isStarted { made = curl_easy_init() }
    return made
  }

  init() { _ = Self.ignoresHangingUp }

  deinit {
    if let made { curl_easy_cleanup(made) }
  }

  /// A server, or a reader of the output, that hangs up must not end the process.
  private static let ignoresHangingUp: Bool = {
    signal(SIGPIPE, SIG_IGN)
    return true
  }()

  /// libcurl's own preparations.
  private static let isStarted = apus_curl_start() == CURLE_OK

  /// Makes one request, without following redirections, and waits for its end.
  ///
  /// - Parameters:
  ///   - headers: lines "Name: value".
  ///   - method: nil for GET, or POST where there is a body.
  ///   - trustFile: certificates of those who are trusted; nil for the settings'.
  ///   - isOwn: whether the address is the one that was meant at first: only then the environment's name, password and
  ///     headers go along.
  /// - Returns: libcurl's result, and its words for it.
  func perform(
    _ address: WebAddress, headers: [String], body: [UInt8]?, method: String? = nil, trustFile: String? = nil,
    timeout: Double?, isOwn: Bool, transfer: CurlTransfer
  ) -> (code: Int, words: String) {
    guard let curl else { return (Int(CURLE_FAILED_INIT.rawValue), "libcurl does not start") }
    let settings = HTTPSettings.current
    curl_easy_reset(curl)
    var list: UnsafeMutablePointer<curl_slist>?
    // libcurl would ask whether a body is welcome, and wait for the answer.
    for line in headers + (isOwn ? settings.headers : []) + ["Expect:"]
    where !line.utf8.contains(where: { $0 == 10 || $0 == 13 || $0 == 0 }) {
      list = curl_slist_append(list, line) ?? list
    }
    defer { curl_slist_free_all(list) }
    func set(_ option: CURLoption, _ text: String?) {
      if let text { _ = apus_curl_set_text(curl, option, text) }
    }
    func set(_ option: CURLoption, _ number: Int) { _ = apus_curl_set_number(curl, option, number) }
    set(CURLOPT_URL, address.text)
    _ = apus_curl_set_list(curl, CURLOPT_HTTPHEADER, list)
    set(CURLOPT_FOLLOWLOCATION, 0)
    set(CURLOPT_NOSIGNAL, 1)
    set(CURLOPT_CONNECTTIMEOUT_MS, Int(settings.connectTimeout * 1000))
    if let timeout = settings.timeout ?? timeout {
      set(CURLOPT_TIMEOUT_MS, max(1, Int(min(timeout, 1e6) * 1000)))
    }
    set(CURLOPT_USERAGENT, settings.userAgent)
    // Unpacks whatever comes packed; who wants parts of files asks for them as they are.
    set(CURLOPT_ACCEPT_ENCODING, "gzip, deflate")
    set(CURLOPT_BUFFERSIZE, 64 << 10)
    // Sign-ins that pass a cookie along (NASA's) need a jar; nothing is kept beyond the process.
    set(CURLOPT_COOKIEFILE, "")
    set(CURLOPT_PROXY, settings.proxy)
    set(CURLOPT_PROXYUSERPWD, settings.proxyUser)
    if isOwn { set(CURLOPT_USERPWD, settings.user) }
    set(CURLOPT_USERPWD, settings.user(for: address))
    if settings.readsNetrc { set(CURLOPT_NETRC, Int(CURL_NETRC_OPTIONAL.rawValue)) }
    set(CURLOPT_NETRC_FILE, settings.netrcFile)
    set(CURLOPT_CAINFO, settings.trustFile ?? trustFile)
    set(CURLOPT_CAPATH, settings.trustFolder)
    set(CURLOPT_SSLCERT, settings.clientCertificate)
    set(CURLOPT_SSLKEY, settings.clientKey)
    if !settings.isVerifying {
      set(CURLOPT_SSL_VERIFYPEER, 0)
      set(CURLOPT_SSL_VERIFYHOST, 0)
    }
    let context = Unmanaged.passUnretained(transfer).toOpaque()
    _ = apus_curl_set_bytes(curl, CURLOPT_WRITEFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let piece = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeBody(piece)
        ? size * count : 0
    }
    _ = apus_curl_set_context(curl, CURLOPT_WRITEDATA, context)
    _ = apus_curl_set_bytes(curl, CURLOPT_HEADERFUNCTION) { bytes, size, count, context in
      guard let context else { return 0 }
      let line = UnsafeRawBufferPointer(start: bytes, count: size * count)
      return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().takeHeader(line)
        ? size * count : 0
    }
    _ = apus_curl_set_context(curl, CURLOPT_HEADERDATA, context)
    set(CURLOPT_NOPROGRESS, 0)
    _ = apus_curl_set_progress(curl) { context, _, _, _, _ in
      guard let context else { return 1 }
      return Unmanaged<CurlTransfer>.fromOpaque(context).takeUnretainedValue().goesOn() ? 0 : 1
    }
    _ = apus_curl_set_context(curl, CURLOPT_XFERINFODATA, context)
    var words = [CChar](repeating: 0, count: 256)
    return words.withUnsafeMutableBufferPointer { words in
      _ = apus_curl_set_context(curl, CURLOPT_ERRORBUFFER, words.baseAddress)
      let code: CURLcode
      set(CURLOPT_CUSTOMREQUEST, method)
      if let body {
        code = body.withUnsafeBytes { bytes in
          set(CURLOPT_POST, 1)
          _ = apus_curl_set_size(curl, CURLOPT_POSTFIELDSIZE_LARGE, Int64(bytes.count))
          _ = apus_curl_set_context(
            curl, CURLOPT_POSTFIELDS, UnsafeMutableRawPointer(mutating: bytes.baseAddress))
          return curl_easy_perform(curl)
        }
      } else {
        code = curl_easy_perform(curl)
      }
      _ = apus_curl_set_context(curl, CURLOPT_ERRORBUFFER, nil)
      let own = words.baseAddress.map { String(cString: $0) } ?? ""
      return (Int(code.rawValue), own.isEmpty ? String(cString: curl_easy_strerror(code)) : own)
    }
  }

  // MARK: One for each thread

  /// The calling thread's own; ends with the thread.
  static var ofThread: CurlHandle {
    if let present = pthread_getspecific(key) {
      return Unmanaged<CurlHandle>.fromOpaque(present).takeUnretainedValue()
    }
    let handle = CurlHandle()
    pthread_setspecific(key, Unmanaged.passRetained(handle).toOpaque())
    return handle
  }

  /// Ends the calling thread's connections.
  static func closeOfThread() {
    guard let present = pthread_getspecific(key) else { return }
    pthread_setspecific(key, nil)
    Unmanaged<CurlHandle>.fromOpaque(present).release()
  }

  private static let key: pthread_key_t = {
    var key = pthread_key_t()
    pthread_key_create(&key) { handle in
      if let handle { Unmanaged<CurlHandle>.fromOpaque(handle).release() }
    }
    return key
  }()
}

/// The connections that threads keep open between requests.
public enum RemoteConnections {
  /// Ends those of the calling thread, which is about to end itself.
  public static func close() { CurlHandle.closeOfThread() }
}

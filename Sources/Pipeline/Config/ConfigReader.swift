import Catalog
public import Engine
import Glibc
import JSON
public import Modules
import Storage

/// Reads config files: JSON with comments and trailing commas allowed.
public enum ConfigReader {
  /// Reads and checks a config file.
  ///
  /// Local files that the config names must exist; nothing else outside of the file is looked at.
  /// - Parameters:
  ///   - path: the file; relative paths in it start at its folder.
  ///   - modules: the modules there are.
  /// - Returns: the config, or every mistake.
  public static func read(path: String, modules: [any Module.Type] = ModuleRegistry.all) -> ConfigReading {
    do throws(StorageError) {
      return read(try LocalFiles.readAll(path), file: path, modules: modules)
    } catch {
      return ConfigReading(file: path, unreadable: error.description)
    }
  }

  /// Reads and checks the bytes of a config file.
  ///
  /// - Parameters:
  ///   - bytes: UTF-8 text.
  ///   - file: the path that messages name and whose folder relative paths start at; need not exist.
  ///   - modules: the modules there are.
  public static func read(
    _ bytes: [UInt8], file: String, modules: [any Module.Type] = ModuleRegistry.all
  ) -> ConfigReading {
    do throws(JSONSyntaxError) {
      let node = try JSONParser.parse(bytes, dialect: .relaxed)
      var reading = PipelineReader(file: file, folder: folder(of: file), modules: modules).read(node)
      reading.config?.text = bytes
      return reading
    } catch {
      return ConfigReading(file: file, syntaxError: error)
    }
  }

  /// The absolute path of the folder that holds a file.
  private static func folder(of file: String) -> String {
    Href.resolve(LocalFiles.parent(of: file), inFolder: currentFolder)
  }

  private static var currentFolder: String {
    guard let path = getcwd(nil, 0) else { return "/" }
    defer { free(path) }
    return String(cString: path)
  }
}

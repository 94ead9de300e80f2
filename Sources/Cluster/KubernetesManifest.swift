internal import JSON
internal import Pipeline

/// An indexed job as Kubernetes is asked for it.
struct KubernetesManifest {
  private let settings: ClusterSettings

  init(_ settings: ClusterSettings) { self.settings = settings }

  /// - Parameter name: of the job, which no other may have.
  func job(_ job: JobDescription, name: String) -> JSONValue {
    // The config has been checked for it.
    let image = settings.image ?? "apus"
    func annotation(_ isIncluded: (JobDescription.Wait) -> String?) -> JSONValue {
      .string(job.waits.compactMap(isIncluded).joined(separator: " "))
    }
    var container: JSONValue = [
      "name": "apus", "image": .string(image), "command": ["/bin/sh", "-c", .string(shell(of: job))],
      "resources": [
        "requests": ["cpu": .string("\(job.cpus)"), "memory": .string("\(job.memory)")],
        "limits": ["memory": .string("\(job.memory)")],
      ],
    ]
    var pod: JSONValue = ["restartPolicy": "Never"]
    if let secret = settings.secret {
      container["envFrom"] = [["secretRef": ["name": .string(secret)]]]
    }
    if let volume = settings.volume {
      container["volumeMounts"] = [["name": "run", "mountPath": .string(volume.folder)]]
      pod["volumes"] = [["name": "run", "persistentVolumeClaim": ["claimName": .string(volume.claim)]]]
    }
    pod["containers"] = .array([container])
    if let account = settings.account { pod["serviceAccountName"] = .string(account) }
    if let time = settings.time { pod["activeDeadlineSeconds"] = .integer(time) }
    if let words = settings.constraint?.split(separator: "=", maxSplits: 1), words.count == 2 {
      pod["nodeSelector"] = [String(words[0]): .string(String(words[1]))]
    }
    let labels: JSONValue = ["app": "apus"]
    var own = labels
    var annotations: JSONObject = [
      Kubernetes.success: annotation { if case .success(let id) = $0 { id } else { nil } },
      Kubernetes.end: annotation { if case .end(let id) = $0 { id } else { nil } },
    ]
    if let queue = settings.partition {
      if job.waits.isEmpty {
        own[Kubernetes.queue] = .string(queue)
      } else {
        annotations[Kubernetes.laterQueue] = .string(queue)
      }
    }
    return [
      "apiVersion": "batch/v1", "kind": "Job",
      "metadata": [
        "name": .string(name), "labels": own, "annotations": .object(annotations),
      ],
      "spec": [
        "completionMode": "Indexed", "completions": .integer(max(1, job.tasks.count)),
        "parallelism": .integer(max(1, job.tasks.count)), "suspend": .bool(!job.waits.isEmpty),
        "backoffLimitPerIndex": 2,
        "podFailurePolicy": [
          "rules": [
            // A node that goes away, or makes room for others, is not the task's fault.
            ["action": "Ignore", "onPodConditions": [["type": "DisruptionTarget", "status": "True"]]],
            ["action": "Count", "onExitCodes": ["containerName": "apus", "operator": "In", "values": [75]]],
            // Cells that failed, or a config that is wrong: they would fail again.
            [
              "action": "FailIndex",
              "onExitCodes": ["containerName": "apus", "operator": "In", "values": [1, 64]],
            ],
          ]
        ],
        "template": ["metadata": ["labels": labels], "spec": pod],
      ],
    ]
  }

  private func shell(of job: JobDescription) -> String {
    var lines: [String] = []
    if !job.tasks.isEmpty {
      lines += ["set -- " + job.tasks.map(String.init).joined(separator: " "), "shift $JOB_COMPLETION_INDEX"]
      lines.append("APUS_TASK=$1")
    }
    if let log = job.log {
      lines.append("exec >> \(quoted(log))\(job.tasks.isEmpty ? "0" : "$APUS_TASK").log 2>&1")
    }
    if let prepare = settings.prepare { lines += ["set -e", prepare] }
    return (lines + [job.command]).joined(separator: "\n")
  }
}

import NativeWire
import UploadClient

/// The output of `put --photos` for the original of a memory.
struct PhotoResult: Encodable, Sendable {
    let path: String
    let outcome = "memory"
    /// Whether an earlier command sent it.
    let skipped: Bool
    /// nil if the original was deleted before its derivation.
    let memory: String?
    let state: String?
    /// Absent if the renditions show all of the original.
    let derivation: String?
    let reason: String?
    let assets: [String]
    /// The title of the memory, if the capsule has the same bytes under another name.
    let knownAs: String?
    /// Only of motion photos, whose video is a part of the file.
    let motionPhoto: Bool?

    init(path: String, name: String, _ memory: MemoryDocument?, skipped: Bool, isMotionPhoto: Bool) {
        self.path = path
        knownAs = skipped ? memory.map(\.title).flatMap { $0 == name ? nil : $0 } : nil
        self.skipped = skipped
        self.memory = memory?.id
        state = memory?.state.rawValue
        derivation = memory?.derivation?.rawValue
        reason = memory?.reason
        assets = memory?.assets.map(\.kind) ?? []
        motionPhoto = isMotionPhoto ? true : nil
    }

    var text: String {
        var remarks: [String] = []
        if skipped { remarks.append("there already" + (knownAs.map { " as “\($0)”" } ?? "")) }
        if motionPhoto == true, reason == nil { remarks.append("motion photo: its video is a part of the file") }
        if let reason {
            let isComplete = state == MemoryDocument.State.complete.rawValue
            remarks.append((isComplete ? derivation.map { "\($0): " } ?? "" : "only the original: ") + reason)
        }
        return (["\(memory ?? "-")", "\(assets.count) assets", path] + remarks).joined(separator: "  ")
    }
}

/// The output of `put --photos` for a file that is an asset of a memory beside its original.
struct CompanionResult: Encodable, Sendable {
    let path: String
    let outcome = "companion"
    /// Whether the memory had it.
    let skipped: Bool
    /// `video`, `raw` or `sidecar`.
    let kind: String
    /// The path of the original.
    let of: String
    let memory: String

    var text: String { "\(memory)  \(kind) of \(of)  \(path)" + (skipped ? "  there already" : "") }
}

/// The output of `put --photos` for a file that is no part of a memory.
struct StoredFile: Encodable, Sendable {
    let path: String
    let outcome = "file"
    /// Whether it was there, or its bytes under another name.
    let skipped: Bool
    let blob: String
    let sha256: String?
    let size: UInt64
    let name: String

    /// nil for a failure.
    init?(_ outcome: PutOutcome, _ item: PutItem) {
        switch outcome {
        case .sent(let finished): (skipped, blob, sha256) = (false, finished.blob, finished.sha256)
        case .known(let blob, let sha256): (skipped, self.blob, self.sha256) = (true, blob, sha256)
        case .copied(let finished, let sha256): (skipped, blob, self.sha256) = (true, finished.blob, sha256)
        case .failed: return nil
        }
        path = item.label
        size = item.size
        name = item.name
    }

    var text: String { "\(blob)  file  \(path)" + (skipped ? "  there already" : "") }
}

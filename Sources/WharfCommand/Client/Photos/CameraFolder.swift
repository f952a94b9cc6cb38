import NativeWire
import SessionCore
import UploadClient
import UploadCore

/// The files of a walk, and what they become.
struct CameraFolder: Sendable {
    /// A file that becomes an asset of a memory, beside its original.
    struct CompanionFile: Hashable, Sendable {
        let kind: Companion.Kind
        let item: PutItem
    }

    struct Shot: Hashable, Sendable {
        let photo: PhotoFile
        var companions: [CompanionFile] = []
    }

    let shots: [Shot]
    /// Files that are stored and no part of a memory.
    let files: [PutItem]
    /// Everything that is left out, with its reason.
    let passedOver: [FileWalk.PassedOver]

    /// Reads a little of the files that may be Live Photos. Blocks.
    init(_ walk: FileWalk) {
        let names = walk.items.map { CameraName(path: $0.absolute.distinctText) }
        var facts: [Int: MediaFacts] = [:]
        for number in CameraPlan.undecided(names) {
            if let file = walk.items[number].file { facts[number] = MediaFacts(of: file.path) }
        }
        let plan = CameraPlan(names, facts: facts)
        shots = plan.memories.compactMap { memory in
            guard let photo = PhotoFile(walk.items[memory.original]) else { return nil }
            let companions = memory.companions.map { CompanionFile(kind: $0.kind, item: walk.items[$0.file]) }
            return Shot(photo: photo, companions: companions)
        }
        files = plan.files.map { walk.items[$0] }
        passedOver =
            walk.passedOver
            + plan.system.map { FileWalk.PassedOver(label: walk.items[$0].label, reason: .system) }
    }
}

/// The original of a memory.
struct PhotoFile: Hashable, Sendable {
    let file: PutFile
    var path: LocalPath { file.path }
    /// For messages.
    let label: String
    /// Relative to the given directory.
    var name: String { file.name }
    /// Guessed from the name.
    let mediaType: String
    var size: UInt64 { file.size }
    let modifiedAt: Timestamp?

    /// nil for standard input and files of an unknown type.
    init?(_ item: PutItem) {
        guard let file = item.file, let type = MediaTypes.guess(fromName: item.name) else { return nil }
        self.file = file
        label = item.label
        mediaType = type
        modifiedAt = WireTime(nanoseconds: item.modifiedNanoseconds)?.timestamp
    }
}

import DurableFiles
package import NativeWire
import Synchronization

/// A file of this machine to upload.
package struct PutFile: Hashable, Sendable {
    package var path: LocalPath
    /// On the server.
    package var name: String
    /// As the file system says, which need not be true.
    package var size: UInt64
    package var modifiedNanoseconds: Int64
    /// `LocalPath.key` of its absolute path, for the journal.
    package var journalPath: String

    package init(path: LocalPath, name: String, size: UInt64, modifiedNanoseconds: Int64, journalPath: String) {
        self.path = path
        self.name = name
        self.size = size
        self.modifiedNanoseconds = modifiedNanoseconds
        self.journalPath = journalPath
    }
}

package enum PutOutcome: Sendable {
    case sent(FinishedDocument)
    /// The server has had it since an earlier run.
    case known(blob: String, sha256: String)
    /// The server had its bytes under another name or in another capsule, and copied them.
    case copied(FinishedDocument, sha256: String)
    case failed(ClientError)
}

/// What a run tells while it goes on. The functions are called concurrently, with the number of the file.
package struct PutObserver: Sendable {
    package var onOutcome: @Sendable (Int, PutOutcome) async throws -> Void
    package var onProgress: @Sendable (Int, TransferProgress) -> Void
    package var onEvent: @Sendable (Int, PutEvent) async -> Void

    package init(
        onOutcome: @escaping @Sendable (Int, PutOutcome) async throws -> Void,
        onProgress: @escaping @Sendable (Int, TransferProgress) -> Void = { _, _ in },
        onEvent: @escaping @Sendable (Int, PutEvent) async -> Void = { _, _ in }
    ) {
        self.onOutcome = onOutcome
        self.onProgress = onProgress
        self.onEvent = onEvent
    }
}

/// The upload of many files: several at once, small ones together in one request, none that the server already has.
package struct PutRun: Sendable {
    let client: UploadClient
    let options: PutOptions
    let resume: ResumeStore?
    let journal: PutJournal?
    let features: ServerFeatures
    /// Whether files that the server has are not sent again.
    let skips: Bool
    /// Whether large files are hashed before they are sent, to ask the server for their bytes. Small ones always are.
    let asksForLarge: Bool
    /// Off once the server has refused a batch, which an upload link does not permit.
    let batches: FeatureSwitch
    /// Off once the server has refused a lookup.
    let lookups: FeatureSwitch

    /// - Parameters:
    ///   - options: Without a name; a type is that of all files.
    ///   - asksForLarge: Whether large files are hashed first, so that those that the server has need not be sent.
    package init(
        client: UploadClient, options: PutOptions, resume: ResumeStore?, journal: PutJournal?,
        features: ServerFeatures, skips: Bool = true, asksForLarge: Bool = false
    ) {
        self.client = client
        self.options = options
        self.resume = resume
        self.journal = journal
        self.features = features
        self.skips = skips
        self.asksForLarge = asksForLarge
        batches = FeatureSwitch(isOn: features.batchMax ?? 0 > 1)
        lookups = FeatureSwitch(isOn: features.hasLookup)
    }

    /// Whether a later run can go on where this one ends.
    package var isResumable: Bool { resume != nil && journal != nil }

    /// Uploads files. The failure of one does not stop the others.
    ///
    /// - Parameter parallel: Groups of files at once; at least 1.
    /// - Throws: `ClientError` if the failure affects all files: the server is unreachable, not to be trusted, or
    ///   refuses the token; `CancellationError`; what the observer throws.
    package func run(_ files: [PutFile], parallel: Int, _ observer: PutObserver) async throws {
        let known = try await knownFiles(files)
        for (number, entry) in known.sorted(by: { $0.key < $1.key }) {
            if case .done(let blob, let sha256) = entry.state {
                try await observer.onOutcome(number, .known(blob: blob, sha256: sha256))
            }
        }
        let rest = files.indices.filter { known[$0] == nil }
        let filesMax = max(1, features.batchMax ?? 1)
        let groups = PutGroups.groups(rest.map { files[$0].size }, filesMax: filesMax, parallel: parallel)
            .map { $0.map { rest[$0] } }
        try await withThrowingTaskGroup(of: Void.self) { tasks in
            for (place, numbers) in groups.enumerated() {
                if place >= max(1, parallel) { try await tasks.next() }
                tasks.addTask { try await put(numbers, of: files, observer) }
            }
            try await tasks.waitForAll()
        }
    }

    private func put(_ numbers: [Int], of files: [PutFile], _ observer: PutObserver) async throws {
        if numbers.count == 1, let number = numbers.first, files[number].size > PutGroups.smallBytesMax {
            return try await putLarge(files[number], number, observer)
        }
        guard options.uploadProtocol == .native else {
            for number in numbers { try await putLarge(files[number], number, observer) }
            return
        }
        try await putSmall(numbers, of: files, observer)
    }

    /// Reports a failure of one file, or throws one that affects all.
    func report(_ error: ClientError, of number: Int, _ observer: PutObserver) async throws {
        guard !error.affectsAllFiles else { throw error }
        try await observer.onOutcome(number, .failed(error))
    }

    func record(_ entries: [PutJournal.Entry?]) async throws {
        guard let journal else { return }
        let entries = entries.compactMap { $0 }
        try await client.pool.run { () throws(ClientError) in try journal.record(entries) }
    }

    func type(of file: PutFile) -> String? { options.type ?? MediaTypes.guess(fromName: file.name) }
}

/// Whether a feature of the server is used, shared by all groups of a run.
final class FeatureSwitch: Sendable {
    private let isOff: Atomic<Bool>

    init(isOn: Bool) {
        isOff = Atomic(!isOn)
    }

    var isOn: Bool { !isOff.load(ordering: .relaxed) }
    func turnOff() { isOff.store(true, ordering: .relaxed) }
}

extension ClientError {
    /// Whether other requests would fail in the same way.
    var affectsAllFiles: Bool {
        isTemporary || code == .insecure || code.rawValue == "unauthenticated"
    }
}

import ArgumentParser
import NativeWire
import UploadClient

/// `wharf put --photos`: makes memories of photos, several at a time.
struct PhotoBatch: Sendable {
    /// Photos in progress at once.
    static let atOnce = 4

    let client: UploadClient
    let output: Output
    let pipeline: PhotoPipeline
    let options: PutOptions
    let resume: ResumeStore?
    /// Whether photos that the capsule has are not sent again.
    let skips: Bool
    /// Whether it is only told what would be done.
    let isDryRun: Bool

    private enum Outcome: Sendable {
        case made(MemoryDocument)
        case waiting(upload: String)
        case known
        case failed(CommandFailure)
    }

    /// - Returns: The status of the first photo that failed, if any. A failure that affects all photos is thrown.
    func run(_ photos: [PhotoFile]) async throws -> CommandStatus? {
        let known = skips ? try await StoredPhotos(client, capsule: options.capsule) : StoredPhotos()
        if isDryRun { return try await showPlan(photos, known) }
        let progress = PhotoBatchProgress(of: photos)
        return try await ProgressDisplay(output: output, name: progress.title).showing { observer in
            var firstFailure: CommandStatus?
            var waiting: [(photo: PhotoFile, upload: String)] = []
            var skipped = 0
            try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
                var next = photos.indices.makeIterator()
                func begin() {
                    guard let number = next.next() else { return }
                    group.addTask { (number, try await end(photos[number], number, known, progress, observer)) }
                }
                for _ in 0..<Self.atOnce { begin() }
                while let (number, ended) = try await group.next() {
                    let photo = photos[number]
                    progress.ended(number, bytes: photo.size)
                    switch ended {
                    case .waiting(let upload): waiting.append((photo, upload))
                    case .made(let memory): try await reportResult(memory, photo, progress)
                    case .known:
                        progress.memoryEnded()
                        skipped += 1
                    case .failed(let failure):
                        progress.memoryEnded()
                        try await failure.report(to: output, path: photo.label)
                        firstFailure = firstFailure ?? failure.status
                    }
                    begin()
                }
            }
            for (photo, upload) in waiting { try await reportResult(try await memory(of: upload), photo, progress) }
            if skipped > 0 {
                await output.note("Skipped \(skipped) of \(photos.count) photos that the capsule already has.")
            }
            return firstFailure
        }
    }

    private func showPlan(_ photos: [PhotoFile], _ known: StoredPhotos) async throws -> CommandStatus? {
        for photo in photos {
            let isKnown = try await known.has(photo, client)
            try await output.result(
                "\(isKnown ? "would skip" : "would send")  \(HumanReadable.bytes(photo.size))  \(photo.label)",
                PutPlanResult(
                    path: photo.label, name: photo.name, size: photo.size, plan: isKnown ? "skip" : "send", blob: nil))
        }
        return nil
    }

    private func end(
        _ photo: PhotoFile, _ number: Int, _ known: StoredPhotos, _ progress: PhotoBatchProgress,
        _ observer: @escaping @Sendable (TransferProgress) -> Void
    ) async throws -> Outcome {
        do {
            if try await known.has(photo, client) { return .known }
            let upload = PhotoUpload(
                client: client, photo: photo, pipeline: pipeline, options: options, resume: resume
            ) { one in
                progress.set(one, of: number)
                observer(progress.sum)
            }
            switch try await upload.run() {
            case .made(let memory): return .made(memory)
            case .waiting(let upload): return .waiting(upload: upload)
            }
        } catch let error as ClientError {
            let failure = CommandFailure(error)
            // A server that is unreachable or busy affects the other photos too.
            guard failure.status != .temporary else { throw error }
            return .failed(failure)
        }
    }

    // MARK: - Derived by the server

    private static let waitMilliseconds = 100
    private static let waitMillisecondsMax = 2000

    /// Polls until the memory exists; nil if it never will.
    private func memory(of upload: String) async throws -> MemoryDocument? {
        var wait = Self.waitMilliseconds
        while true {
            let derivation = try await client.status(upload).derivation
            switch derivation?.state {
            case .waiting, .pending:
                try await Task.sleep(for: .milliseconds(wait))
                wait = min(2 * wait, Self.waitMillisecondsMax)
            case .done, .failed, nil:
                guard let memory = derivation?.memory else { return nil }
                return try await client.memory(memory)
            }
        }
    }

    private func reportResult(_ memory: MemoryDocument?, _ photo: PhotoFile, _ progress: PhotoBatchProgress)
        async throws
    {
        progress.memoryEnded()
        let result = PhotoResult(path: photo.label, memory)
        try await output.result(result.text, result)
    }
}

/// The output of `put --photos` for a photo.
struct PhotoResult: Encodable, Sendable {
    let path: String
    /// nil if the original was deleted before its derivation.
    let memory: String?
    let state: String?
    /// Absent if the renditions show all of the original.
    let derivation: String?
    let reason: String?
    let assets: [String]

    init(path: String, _ memory: MemoryDocument?) {
        self.path = path
        self.memory = memory?.id
        state = memory?.state.rawValue
        derivation = memory?.derivation?.rawValue
        reason = memory?.reason
        assets = memory?.assets.map(\.kind) ?? []
    }

    var text: String {
        let isComplete = state == MemoryDocument.State.complete.rawValue
        let label = isComplete ? derivation.map { "\($0): " } ?? "" : "only the original: "
        let problem = reason.map { "  \(label)\($0)" } ?? ""
        return "\(memory ?? "-")  \(assets.count) assets  \(path)\(problem)"
    }
}

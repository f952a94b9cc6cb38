import ArgumentParser
import NativeWire
import UploadClient

/// `wharf put --photos`: both lanes of all photos, some at a time.
struct PhotosRun: Sendable {
    /// Photos on their way at once.
    static let atOnce = 4

    let client: UploadClient
    let output: Output
    let lane: PhotoLane
    let options: PutOptions
    let resume: ResumeStore?

    private enum Ended: Sendable {
        case made(MemoryDocument)
        case waiting(upload: String)
        case known
        case failed(Failure)
    }

    /// - Returns: The worst of what went wrong with single photos; what is true of all of them is thrown.
    func run(_ photos: [PhotoFile]) async throws -> CommandStatus? {
        let known = try await KnownPhotos(client, capsule: options.capsule)
        let progress = PhotosProgress(of: photos)
        return try await ProgressDisplay(output: output, name: progress.title).showing { tell in
            var worst: CommandStatus?
            var waiting: [(photo: PhotoFile, upload: String)] = []
            var passedOver = 0
            try await withThrowingTaskGroup(of: (Int, Ended).self) { group in
                var next = photos.indices.makeIterator()
                func begin() {
                    guard let number = next.next() else { return }
                    group.addTask { (number, try await end(photos[number], number, known, progress, tell)) }
                }
                for _ in 0..<Self.atOnce { begin() }
                while let (number, ended) = try await group.next() {
                    let photo = photos[number]
                    progress.ended(number, bytes: photo.size)
                    switch ended {
                    case .waiting(let upload): waiting.append((photo, upload))
                    case .made(let memory): try await say(memory, photo, progress)
                    case .known:
                        progress.memoryEnded()
                        passedOver += 1
                    case .failed(let failure):
                        progress.memoryEnded()
                        try await failure.tell(output, path: photo.path)
                        worst = worst ?? failure.status
                    }
                    begin()
                }
            }
            for (photo, upload) in waiting { try await say(try await memory(of: upload), photo, progress) }
            if passedOver > 0 {
                await output.note("\(passedOver) of \(photos.count) photos were there already and were not sent again.")
            }
            return worst
        }
    }

    private func end(
        _ photo: PhotoFile, _ number: Int, _ known: KnownPhotos, _ progress: PhotosProgress,
        _ tell: @escaping @Sendable (TransferProgress) -> Void
    ) async throws -> Ended {
        do {
            if try await known.has(photo, client) { return .known }
            let upload = PhotoUpload(
                client: client, photo: photo, lane: lane, options: options, resume: resume
            ) { one in
                progress.set(one, of: number)
                tell(progress.sum)
            }
            switch try await upload.run() {
            case .made(let memory): return .made(memory)
            case .waiting(let upload): return .waiting(upload: upload)
            }
        } catch let error as ClientError {
            let failure = Failure(error)
            // What is true of the server is true of the other photos too.
            guard failure.status != .temporary else { throw error }
            return .failed(failure)
        }
    }

    // MARK: - What the server makes

    private static let waitMilliseconds = 100
    private static let waitMillisecondsMax = 2000

    /// Asks until the memory is there, or never will be.
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

    private func say(_ memory: MemoryDocument?, _ photo: PhotoFile, _ progress: PhotosProgress) async throws {
        progress.memoryEnded()
        let result = PhotoResult(path: photo.path, memory)
        try await output.result(result.text, result)
    }
}

/// What `put --photos` says of a photo.
struct PhotoResult: Encodable, Sendable {
    let path: String
    /// Missing if the original was deleted before it could become one.
    let memory: String?
    let state: String?
    let reason: String?
    let assets: [String]

    init(path: String, _ memory: MemoryDocument?) {
        self.path = path
        self.memory = memory?.id
        state = memory?.state.rawValue
        reason = memory?.reason
        assets = memory?.assets.map(\.kind) ?? []
    }

    var text: String {
        let problem = reason.map { "  only the original: \($0)" } ?? ""
        return "\(memory ?? "-")  \(assets.count) assets  \(path)\(problem)"
    }
}

import NativeWire
import Synchronization
import UploadClient
import UploadCore

/// `wharf put --photos`: makes memories of photos and videos, several at a time, and stores the other files.
///
/// What goes into a memory beside its original is stored before it, and named when the original's upload begins: a run
/// that is cut off between the two leaves files, which the next run finds by their bytes.
struct PhotoBatch: Sendable {
    /// Photos in progress at once.
    static let atOnce = 4

    let client: UploadClient
    let output: Output
    let pipeline: PhotoPipeline
    let options: PutOptions
    let resume: ResumeStore?
    /// Stores companions and other files.
    let files: PutRun
    /// Whether photos that the capsule has are not sent again.
    let skips: Bool

    /// What the capsule has of a shot.
    struct Standing: Sendable {
        /// nil if it has not the original.
        let place: StoredPhotos.Place?
        /// Companions that the memory has not, as far as it exists.
        let missing: [CameraFolder.CompanionFile]
    }

    /// The blobs of companions, by the `journalPath` of their files.
    typealias Blobs = [String: String]

    private enum Outcome: Sendable {
        case memory(MemoryDocument)
        case waiting(upload: String)
        case failed(CommandFailure)
    }

    /// - Returns: What became of the files. A failure that affects all of them is thrown.
    func run(_ folder: CameraFolder) async throws -> PhotoCounts {
        let known = try await known(folder)
        let tally = PhotoTally(of: folder)
        return try await ProgressDisplay(output: output, name: tally.title).showing { observer in
            let standings = try await standings(of: folder.shots, known)
            let blobs = try await putFiles(folder, standings, tally, observer)
            try await putShots(folder.shots, standings, blobs, tally, observer)
            return tally.counts
        }
    }

    // MARK: - What is there

    func known(_ folder: CameraFolder) async throws -> StoredPhotos {
        guard skips else { return StoredPhotos() }
        return try await StoredPhotos(client, capsule: options.capsule, like: folder.shots.map(\.photo))
    }

    func standings(of shots: [CameraFolder.Shot], _ known: StoredPhotos) async throws -> [Standing] {
        try await withThrowingTaskGroup(of: (Int, Standing).self) { group in
            var standings: [Int: Standing] = [:]
            for (number, shot) in shots.enumerated() {
                if number >= Self.atOnce, let (number, standing) = try await group.next() {
                    standings[number] = standing
                }
                group.addTask { (number, try await standing(of: shot, known)) }
            }
            for try await (number, standing) in group { standings[number] = standing }
            return shots.indices.compactMap { standings[$0] }
        }
    }

    /// A file that cannot be read is not there; sending it reports why.
    private func standing(of shot: CameraFolder.Shot, _ known: StoredPhotos) async throws -> Standing {
        let place: StoredPhotos.Place?
        do {
            place = try await known.place(of: shot.photo, client)
        } catch is ClientError {
            place = nil
        }
        guard case .memory(let memory)? = place else { return Standing(place: place, missing: shot.companions) }
        var missing: [CameraFolder.CompanionFile] = []
        for companion in shot.companions {
            guard memory.assets.contains(where: { $0.size == companion.item.size }),
                let path = companion.item.file?.path, let digest = try? await client.digest(of: path),
                memory.assets.contains(where: { $0.sha256 == digest })
            else {
                missing.append(companion)
                continue
            }
        }
        try Task.checkCancellation()
        return Standing(place: place, missing: missing)
    }

    // MARK: - Companions and files

    /// - Returns: The blobs of the companions that were stored.
    private func putFiles(
        _ folder: CameraFolder, _ standings: [Standing], _ tally: PhotoTally,
        _ observer: @escaping @Sendable (TransferProgress) -> Void
    ) async throws -> Blobs {
        let companions = standings.flatMap(\.missing).map(\.item)
        let missing = Set(companions)
        for item in folder.shots.flatMap({ $0.companions.map(\.item) }) where !missing.contains(item) {
            tally.ended(item.journalPath, bytes: item.size)
        }
        let items = companions + folder.files
        let blobs = Mutex<Blobs>([:])
        try await files.run(
            items.compactMap(\.file), parallel: options.parallel,
            PutObserver(
                onOutcome: { number, outcome in
                    let item = items[number]
                    tally.ended(item.journalPath, bytes: item.size)
                    observer(tally.sum)
                    if case .failed(let error) = outcome { return try await report(error, item.label, tally) }
                    guard let stored = StoredFile(outcome, item) else { return }
                    if number < companions.count {
                        blobs.withLock { $0[item.journalPath] = stored.blob }
                    } else {
                        tally.count(stored.skipped ? \.filesKnown : \.filesStored)
                        try await output.result(stored.text, stored)
                    }
                },
                onProgress: { number, progress in
                    tally.set(progress, of: items[number].journalPath)
                    observer(tally.sum)
                },
                onEvent: { number, event in await output.note(PutSession.text(event, items[number].label)) }))
        return blobs.withLock { $0 }
    }

    private func report(_ error: ClientError, _ label: String, _ tally: PhotoTally) async throws {
        let failure = CommandFailure(error)
        tally.failed(failure.status)
        try await failure.report(to: output, path: label)
    }

    // MARK: - Memories

    private func putShots(
        _ shots: [CameraFolder.Shot], _ standings: [Standing], _ blobs: Blobs, _ tally: PhotoTally,
        _ observer: @escaping @Sendable (TransferProgress) -> Void
    ) async throws {
        var waiting: [(number: Int, upload: String)] = []
        try await withThrowingTaskGroup(of: (Int, Outcome).self) { group in
            var next = shots.indices.makeIterator()
            func begin() {
                guard let number = next.next() else { return }
                group.addTask {
                    (number, try await put(shots[number], standings[number], blobs, tally, observer))
                }
            }
            for _ in 0..<Self.atOnce { begin() }
            while let (number, outcome) = try await group.next() {
                let shot = shots[number]
                tally.ended(shot.photo.path.key, bytes: shot.photo.size)
                switch outcome {
                case .waiting(let upload): waiting.append((number, upload))
                case .memory(let memory): try await end(shot, standings[number], memory, blobs, tally)
                case .failed(let failure):
                    tally.failed(failure.status)
                    tally.memoryEnded()
                    try await failure.report(to: output, path: shot.photo.label)
                }
                begin()
            }
        }
        // The newest is derived first.
        for (number, upload) in waiting.reversed() {
            let memory = try await memory(of: upload)
            try await end(shots[number], standings[number], memory, blobs, tally)
        }
    }

    private func put(
        _ shot: CameraFolder.Shot, _ standing: Standing, _ blobs: Blobs, _ tally: PhotoTally,
        _ observer: @escaping @Sendable (TransferProgress) -> Void
    ) async throws -> Outcome {
        switch standing.place {
        case .memory(let memory): return .memory(memory)
        case .pending(let upload): return .waiting(upload: upload)
        case nil: break
        }
        let companions = shot.companions.compactMap { companion in
            blobs[companion.item.journalPath].map { CompanionDocument(kind: companion.kind.name, blob: $0) }
        }
        let upload = PhotoUpload(
            client: client, photo: shot.photo, companions: companions, pipeline: pipeline, options: options,
            resume: resume, files: files
        ) { one in
            tally.set(one, of: shot.photo.path.key)
            observer(tally.sum)
        }
        do {
            switch try await upload.run() {
            case .made(let memory): return .memory(memory)
            case .waiting(let upload): return .waiting(upload: upload)
            }
        } catch let error as ClientError {
            let failure = CommandFailure(error)
            // A server that is unreachable or busy affects the other photos too.
            guard failure.status != .temporary else { throw error }
            return .failed(failure)
        }
    }

    /// Adds companions that the memory has not, and reports what became of the shot's files.
    private func end(
        _ shot: CameraFolder.Shot, _ standing: Standing, _ found: MemoryDocument?, _ blobs: Blobs,
        _ tally: PhotoTally
    ) async throws {
        var memory = found
        var added: Set<String> = []
        for companion in standing.missing {
            guard let current = memory, let blob = blobs[companion.item.journalPath] else { continue }
            added.insert(companion.item.journalPath)
            guard !current.assets.contains(where: { $0.blob == blob }) else { continue }
            do {
                let asset = NewAssetDocument(kind: companion.kind.name, blob: blob)
                memory = try await client.addAsset(.blob(asset), to: current.id, key: "companion \(blob)")
            } catch let error as ClientError where CommandFailure(error).status != .temporary {
                added.remove(companion.item.journalPath)
                try await report(error, companion.item.label, tally)
            }
        }
        tally.memoryEnded()
        let isKnown = standing.place != nil
        tally.count(isKnown ? \.memoriesKnown : \.memoriesMade)
        let kinds = Set(shot.companions.filter { added.contains($0.item.journalPath) }.map(\.kind))
        if kinds.contains(.video) { tally.count(\.withVideo) }
        if kinds.contains(.raw) { tally.count(\.withRaw) }
        let path = shot.photo.path
        let isMotion = isKnown ? false : await blocking { MediaFacts(of: path).isMotionPhoto }
        let result = PhotoResult(
            path: shot.photo.label, name: shot.photo.name, memory, skipped: isKnown, isMotionPhoto: isMotion)
        try await output.result(result.text, result)
        let missing = Set(standing.missing.map(\.item.journalPath))
        for companion in shot.companions {
            let place = companion.item.journalPath
            // What could not be stored was reported.
            guard let memory, !missing.contains(place) || added.contains(place) else { continue }
            let result = CompanionResult(
                path: companion.item.label, skipped: !missing.contains(place), kind: companion.kind.name,
                of: shot.photo.label, memory: memory.id)
            try await output.result(result.text, result)
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
}

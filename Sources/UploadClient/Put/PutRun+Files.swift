import DurableFiles
import Glibc
import NativeWire
import NIOCore
import UploadModel

/// How a file, or a group of small ones, is sent.
extension PutRun {
    /// Uploads of a file that changes meanwhile.
    private static let changesMax = 2

    // MARK: - Large files

    func putLarge(_ file: PutFile, _ number: Int, _ observer: PutObserver) async throws {
        do {
            if let entry = try await knownByDigest(file), case .done(let blob, let sha256) = entry.state {
                try await record([entry])
                return try await observer.onOutcome(number, .known(blob: blob, sha256: sha256))
            }
            if asksByDigest, isLookedUp(file) {
                let hashed = HashedFile(number: number, file: file, sha256: try await client.digest(of: file.path))
                if let held = try await held([hashed])[number] { return try await report(held, of: hashed, observer) }
            }
            let finished = try await putUnlessChanging(.file(file.path), file, number, observer)
            try await recordDone(file, finished)
            try await observer.onOutcome(number, .sent(finished))
        } catch let error as ClientError {
            try await report(error, of: number, observer)
        }
    }

    private func putUnlessChanging(
        _ source: UploadSource, _ file: PutFile, _ number: Int, _ observer: PutObserver
    ) async throws -> FinishedDocument {
        var options = options
        (options.name, options.type) = (file.name, type(of: file))
        var changes = 0
        while true {
            do {
                return try await client.put(source, options: options, resume: resume) { progress in
                    observer.onProgress(number, progress)
                } onEvent: { event in
                    await observer.onEvent(number, event)
                }
            } catch let error as ClientError where error.code == .contentChanged {
                changes += 1
                guard changes <= Self.changesMax else { throw error }
                await observer.onEvent(number, .changed)
            }
        }
    }

    private func recordDone(_ file: PutFile, _ finished: FinishedDocument) async throws {
        guard let sha256 = finished.sha256 else { return }
        try await record([
            PutJournal.Entry(
                path: file.journalPath, size: file.size, modifiedNanoseconds: file.modifiedNanoseconds,
                state: .done(blob: finished.blob, sha256: sha256))
        ])
    }

    // MARK: - Small files

    /// A small file that was read.
    struct ReadFile: Sendable {
        let number: Int
        var file: PutFile
        let content: ByteBuffer
        let digest: Digest
        var key = ""

        /// nil for a file whose size says nothing: its time says nothing about its bytes either, and it is always sent.
        func entry(_ state: PutJournal.Entry.State) -> PutJournal.Entry? {
            guard UInt64(content.readableBytes) == file.size else { return nil }
            return PutJournal.Entry(
                path: file.journalPath, size: file.size, modifiedNanoseconds: file.modifiedNanoseconds, state: state)
        }
    }

    func putSmall(_ numbers: [Int], of files: [PutFile], _ observer: PutObserver) async throws {
        let read = await client.pool.run {
            numbers.map { SmallFileReader.read(files[$0].path, atMost: PutGroups.smallBytesMax) }
        }
        var group: [ReadFile] = []
        for (number, outcome) in zip(numbers, read) {
            switch outcome {
            case .content(let content, let digest, let identity):
                var file = files[number]
                (file.size, file.modifiedNanoseconds) = (identity.size, identity.modifiedNanoseconds)
                group.append(ReadFile(number: number, file: file, content: content, digest: digest))
            case .large: try await putLarge(files[number], number, observer)
            case .unsized: try await putUnsized(files[number], number, observer)
            case .failed(let error): try await report(error, of: number, observer)
            }
        }
        group = try await withoutHeld(try await withoutKnown(group, observer), observer)
        for place in group.indices { group[place].key = key(of: group[place]) }
        try await record(group.map { $0.entry(.begun(key: $0.key)) })
        try await send(group[...], observer)
    }

    /// Drops the files in doubt whose bytes the server has.
    private func withoutKnown(_ group: [ReadFile], _ observer: PutObserver) async throws -> [ReadFile] {
        var doubts: [Int: PutJournal.Entry] = [:]
        for read in group {
            if let entry = inDoubt(read.file), entry.sha256 == read.digest.hex { doubts[read.number] = entry }
        }
        guard !doubts.isEmpty else { return group }
        let existing = try await existing(Array(doubts.values))
        var rest: [ReadFile] = []
        for read in group {
            guard let entry = doubts[read.number], existing.contains(entry), let blob = entry.blob else {
                rest.append(read)
                continue
            }
            try await record([read.entry(entry.state)])
            try await observer.onOutcome(read.number, .known(blob: blob, sha256: read.digest.hex))
        }
        return rest
    }

    /// Drops the files whose bytes the server has without the journal saying so. A file whose size says nothing is always sent.
    private func withoutHeld(_ group: [ReadFile], _ observer: PutObserver) async throws -> [ReadFile] {
        let asked = group.filter { read in
            UInt64(read.content.readableBytes) == read.file.size && isLookedUp(read.file)
        }.map { HashedFile(number: $0.number, file: $0.file, sha256: $0.digest.hex) }
        let held = try await held(asked)
        for file in asked {
            if let one = held[file.number] { try await report(one, of: file, observer) }
        }
        return group.filter { held[$0.number] == nil }
    }

    /// The key of an earlier run whose response was lost, or a new one.
    private func key(of read: ReadFile) -> String {
        if skips, let entry = journal?.entry(read.file.journalPath), case .begun(let key) = entry.state,
            entry.size == read.file.size, entry.modifiedNanoseconds == read.file.modifiedNanoseconds
        {
            return key
        }
        return client.newKey()
    }

    /// Sends a group with one request, or file by file if there are no batches. A proxy that refuses its size gets
    /// halves of it.
    private func send(_ group: ArraySlice<ReadFile>, _ observer: PutObserver) async throws {
        guard group.count > 1, batches.isOn else {
            for read in group { try await sendAlone(read, observer) }
            return
        }
        let results: [Result<FinishedDocument, ClientError>]
        do {
            results = try await client.putBatch(group.map(whole), capsule: options.capsule, derive: options.derive)
        } catch let error as ClientError where error.problem?.status == 413 {
            let middle = group.startIndex + group.count / 2
            try await send(group[..<middle], observer)
            return try await send(group[middle...], observer)
        } catch let error as ClientError where [403, 404, 405, 501].contains(error.problem?.status) {
            batches.turnOff()
            return try await send(group, observer)
        } catch let error as ClientError where !error.affectsAllFiles {
            // One file may be to blame, which a request of its own shows.
            for read in group { try await sendAlone(read, observer) }
            return
        }
        var done: [PutJournal.Entry?] = []
        for case (let read, .success(let finished)) in zip(group, results) {
            done.append(read.entry(.done(blob: finished.blob, sha256: read.digest.hex)))
        }
        try await record(done)
        for (read, result) in zip(group, results) {
            switch result {
            case .success(let finished): try await observer.onOutcome(read.number, .sent(finished))
            case .failure(let error) where error.isTemporary || error.isAboutKey: try await sendAlone(read, observer)
            case .failure(let error): try await report(error, of: read.number, observer)
            }
        }
    }

    private func sendAlone(_ read: ReadFile, _ observer: PutObserver) async throws {
        do {
            let finished: FinishedDocument
            do {
                finished = try await client.put(whole(read), capsule: options.capsule, derive: options.derive)
            } catch let error as ClientError where error.isAboutKey {
                // The key is that of other bytes, or of a blob that was deleted.
                var retried = read
                retried.key = client.newKey()
                try await record([retried.entry(.begun(key: retried.key))])
                finished = try await client.put(whole(retried), capsule: options.capsule, derive: options.derive)
            } catch let error as ClientError where error.isOfProxy(413) {
                // In chunks, which can be made as small as a proxy wants them.
                return try await putLarge(read.file, read.number, observer)
            }
            try await record([read.entry(.done(blob: finished.blob, sha256: read.digest.hex))])
            try await observer.onOutcome(read.number, .sent(finished))
        } catch let error as ClientError {
            try await report(error, of: read.number, observer)
        }
    }

    private func whole(_ read: ReadFile) -> WholeFile {
        WholeFile(
            name: read.file.name, type: type(of: read.file), content: read.content, digest: read.digest, key: read.key,
            modifiedAt: options.keepsModificationTime ? WireTime(nanoseconds: read.file.modifiedNanoseconds) : nil)
    }

    // MARK: - Files whose size says nothing

    private func putUnsized(_ file: PutFile, _ number: Int, _ observer: PutObserver) async throws {
        do {
            let finished = try await putUnlessChanging(.file(file.path), file, number, observer)
            try await observer.onOutcome(number, .sent(finished))
        } catch let error as ClientError {
            try await report(error, of: number, observer)
        }
    }
}

extension ClientError {
    /// Whether a proxy answered with a status, not the server, whose answers have a code of their own.
    func isOfProxy(_ status: Int) -> Bool { code.rawValue == "unexpected_answer" && problem?.status == status }

    /// Whether the request would succeed with another idempotency key.
    fileprivate var isAboutKey: Bool { ["idempotency_conflict", "gone"].contains(code.rawValue) }
}

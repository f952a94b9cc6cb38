import NativeWire
import NIOCore
import SessionCore
import Synchronization
import Testing
import UploadClient
import UploadCore
import UploadTestKit

/// A client that performs random operations, determined by its seed, until it is stopped.
struct LoadClient: Sendable {
    let calls: RetryingCalls
    let library: UploadClient
    let ledger: CrashLedger
    /// The client's own directory.
    let directory: String

    func run(_ random: SeededRandom) async throws {
        var random = random
        var number = 0
        while !ledger.isLoadEnding {
            number += 1
            switch random.below(10) {
            case 0...1: try await whole(upTo: 70_000, &random)
            case 2: try await whole(upTo: 1 << 20, &random)
            case 3...6: try await chunks(&random)
            case 7...8: try await file("\(directory)/file-\(number)", &random)
            default: try await readBack(&random)
            }
        }
    }

    private func content(upTo length: Int, _ random: inout SeededRandom) -> Content {
        Content(seed: random.next(), length: random.below(length + 1))
    }

    // MARK: - Operations

    private func whole(upTo length: Int, _ random: inout SeededRandom) async throws {
        let content = content(upTo: length, &random)
        let key = "whole-\(random.next())"
        let document = try await calls.document(FinishedDocument.self, [200, 201]) {
            try await $0.putWhole(content, name: "whole", key: key)
        }
        committed(document, content)
    }

    /// Sends chunks in random order and in parallel, then finishes or aborts.
    private func chunks(_ random: inout SeededRandom) async throws {
        let content = content(upTo: 1 << 20, &random)
        let chunkSize = random.within(4096...131_072)
        let key = "chunks-\(random.next())"
        let new = NewUploadDocument(
            name: "chunks", length: UInt64(content.length), chunkSize: UInt64(chunkSize))
        let upload = try await calls.document(UploadDocument.self, [200, 201]) { try await $0.begin(new, key: key) }.id

        var indices = Array(0..<content.chunkCount(of: chunkSize))
        for last in indices.indices.reversed() { indices.swapAt(last, random.below(last + 1)) }
        let isAborted = random.chance(0.15)
        if isAborted { indices.removeLast(random.below(indices.count + 1)) }
        let parallel = random.within(1...4)
        for start in stride(from: 0, to: indices.count, by: parallel) {
            try await withThrowingTaskGroup(of: Void.self) { group in
                for index in indices[start..<min(start + parallel, indices.count)] {
                    group.addTask {
                        _ = try await calls.answer([204]) {
                            try await $0.putChunk(index, of: upload, content.chunk(index, of: chunkSize))
                        }
                    }
                }
                try await group.waitForAll()
            }
            if random.chance(0.3) { try await compare(upload) }
        }

        if isAborted {
            ledger.record { _ = $0.maybeAborted.insert(upload) }
            _ = try await calls.answer([204]) { try await $0.abort(upload) }
            ledger.record { _ = $0.aborted.insert(upload) }
        } else {
            let finish = FinishDocument(sha256: content.digest.hex, length: UInt64(content.length))
            committed(
                try await calls.document(FinishedDocument.self, [200]) { try await $0.finish(upload, finish) }, content)
        }
        try await compare(upload)
    }

    /// Uploads a file with `UploadClient`, which is cancelled at random and resumed.
    private func file(_ path: String, _ random: inout SeededRandom) async throws {
        let content = content(upTo: 1 << 20, &random)
        try TestFiles.write(content.bytes, to: path)
        let options = PutOptions(chunkSize: UInt64(random.within(16_384...131_072)), parallel: random.within(1...4))
        let resume = ResumeStore(directory: directory + "/state")
        if random.chance(0.4) {
            let enough = UInt64(random.below(content.length + 1))
            try await putAndStop(path, options, resume, at: enough)
        }
        let finished = try await library.put(.file(path: path), options: options, resume: resume)
        committed(finished, content)
        if random.chance(0.5) {
            _ = try await library.get(finished.blob, to: path + ".copy")
            if TestFiles.read(path + ".copy") != content.bytes {
                ledger.violation("\(finished.blob) came back different")
            }
        }
    }

    /// Cancels the upload once so many bytes are acknowledged, as if its process ended.
    private func putAndStop(_ path: String, _ options: PutOptions, _ resume: ResumeStore, at enough: UInt64)
        async throws
    {
        let (reached, continuation) = AsyncStream.makeStream(of: Void.self)
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                defer { continuation.finish() }
                _ = try await library.put(.file(path: path), options: options, resume: resume) { progress in
                    if progress.doneBytes >= enough { continuation.finish() }
                }
            }
            for await _ in reached {}
            group.cancelAll()
            do {
                try await group.waitForAll()
            } catch is CancellationError {}
        }
    }

    private func readBack(_ random: inout SeededRandom) async throws {
        guard let blob = random.element(of: ledger.promises.blobs), blob.content.length > 0 else { return }
        let start = random.below(blob.content.length)
        let range = start..<start + random.within(1...blob.content.length - start)
        let answer = try await calls.answer([206]) { try await $0.read(blob.id, range) }
        if answer.body != blob.content[range] {
            ledger.violation("\(range) of \(blob.id) came back different")
        }
    }

    // MARK: - Verification

    private func compare(_ upload: String) async throws {
        let acknowledged = ledger.promises.acknowledged[upload] ?? []
        ledger.compare(
            try await calls.document(UploadDocument.self, [200]) { try await $0.status(upload) }, with: acknowledged)
    }

    private func committed(_ document: FinishedDocument, _ content: Content) {
        if document.sha256 != content.digest.hex || document.size != UInt64(content.length) {
            ledger.violation("\(document.blob) was committed as something else")
        }
        ledger.record { $0.blobs.append(CrashLedger.Blob(id: document.blob, content: content)) }
    }
}

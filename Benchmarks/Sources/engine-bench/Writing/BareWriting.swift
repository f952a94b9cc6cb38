import Crypto
import UploadCore

/// Files that are written without an engine, a thread for each.
final class BareWriting {
    private let scratch: Scratch
    private let name: String
    private let durability: Durability
    private let fileCount: Int
    private let chunk: [UInt8]
    private let isHashed: Bool
    private let turn: Turn
    private var files: [BareFile] = []
    private var turns = 0

    init(
        _ scratch: Scratch, _ name: String, _ durability: Durability, files: Int, chunk: [UInt8], isHashed: Bool,
        _ turn: Turn
    ) {
        self.scratch = scratch
        self.name = name
        self.durability = durability
        fileCount = files
        self.chunk = chunk
        self.isHashed = isHashed
        self.turn = turn
    }

    func next() async throws -> Cost {
        if files.isEmpty { files = try (0..<fileCount).map { try BareFile(making: "\(scratch.path)/\(name) \($0)") } }
        let (files, chunk, durability, isHashed) = (files, chunk, durability, isHashed)
        let count = turn.chunks / fileCount
        let first = turns * count
        let cost = try await Cost.of {
            try onThreads(fileCount) { thread throws(BenchError) in
                // The hash of a turn costs what its share of the hash of the whole does.
                var hasher = SHA256()
                for index in first..<first + count {
                    try files[thread].write(chunk, at: index * chunk.count)
                    if isHashed { chunk.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
                    if durability == .powerLoss { try files[thread].sync() }
                }
                if isHashed { keep(hasher.finalize()) }
            }
            return 1
        }
        turns += 1
        if turns == turn.count { end() }
        return cost
    }

    private func end() {
        for file in files {
            file.end()
            file.remove()
        }
        files = []
        turns = 0
        scratch.settle()
    }
}

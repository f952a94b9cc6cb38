import Crypto
package import UploadCore

/// Large files written without an engine, one thread per file.
package struct BareWriting {
    let scratch: Scratch
    let durability: Durability
    let files: Int
    /// The total over all files.
    let chunks: Int
    let chunk: [UInt8]
    let isHashed: Bool

    package init(
        scratch: Scratch, durability: Durability, files: Int, chunks: Int, chunk: [UInt8], isHashed: Bool
    ) {
        self.scratch = scratch
        self.durability = durability
        self.files = files
        self.chunks = chunks
        self.chunk = chunk
        self.isHashed = isHashed
    }

    package func run() async throws -> Cost {
        let opened = try (0..<files).map { try BareFile(making: "\(scratch.path)/bare-\($0)") }
        defer {
            for file in opened {
                file.end()
                file.remove()
            }
            scratch.settle()
        }
        return try await Cost.of {
            try onThreads(files) { thread throws(BenchError) in
                var hasher = SHA256()
                for index in 0..<chunks / files {
                    try opened[thread].write(chunk, at: index * chunk.count)
                    if isHashed { chunk.withUnsafeBytes { hasher.update(bufferPointer: $0) } }
                    if durability == .powerLoss { try opened[thread].sync() }
                }
                if isHashed { keep(hasher.finalize()) }
            }
            return 1
        }
    }
}

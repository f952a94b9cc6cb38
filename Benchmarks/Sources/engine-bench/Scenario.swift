import Measuring

/// The scenarios in the order in which they run.
enum Scenario: String, CaseIterable {
    case chunks, small, pending, memory, finish, concatenation

    var title: String {
        switch self {
        case .chunks: "Chunks of 8 MiB"
        case .small: "Uploads of 4 KiB, 64 callers at once"
        case .pending: "Many pending uploads"
        case .memory: "Memory"
        case .finish: "Finish"
        case .concatenation: "Concatenation"
        }
    }

    func run(_ bench: Bench) async throws -> Outcome {
        switch self {
        case .chunks: try await ChunkWrites(bench).run()
        case .small: try await SmallUploads(bench).run()
        case .pending: try await ManyPending(bench).run()
        case .memory: try await MemoryPeaks(bench).run()
        case .finish: try await Finishes(bench).run()
        case .concatenation: try await Concatenations(bench).run()
        }
    }
}

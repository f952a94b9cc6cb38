/// A simulation that cannot end.
public struct SimulationStall: Error, Hashable, Sendable, CustomStringConvertible {
    public enum Reason: String, Hashable, Sendable {
        /// Tasks wait, and nothing is ready that could wake them.
        case deadlock
        /// There is always something to run, far beyond any reasonable number of steps.
        case endless
    }

    public let reason: Reason
    /// The names of the tasks that wait, in the order in which they were started.
    public let unfinished: [String]
    public let steps: Int

    public var description: String {
        switch reason {
        case .deadlock:
            "Deadlock after \(steps) steps: \(unfinished.joined(separator: ", ")) wait for what nobody will do"
        case .endless:
            "No end after \(steps) steps, while \(unfinished.joined(separator: ", ")) run"
        }
    }
}

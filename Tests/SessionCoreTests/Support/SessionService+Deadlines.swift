import Testing

@testable import SessionCore

extension SessionService {
    /// How many deadlines the service keeps: what its memory is, which no operation tells.
    func deadlineCount(sourceLocation: SourceLocation = #_sourceLocation) throws -> Int {
        let queue = Mirror(reflecting: self).descendant("deadlines") as? DeadlineQueue
        return try #require(queue, "the service has no deadlines", sourceLocation: sourceLocation).count
    }
}

/// The status of a session. Every status but `pending` is final.
public enum SessionStatus: Hashable, Sendable {
    case pending
    case committed(at: Timestamp)
    case aborted(at: Timestamp)
    case expired(at: Timestamp)

    public var isPending: Bool { self == .pending }
}

/// The number of sessions in each status.
public struct StatusCounts: Hashable, Sendable {
    public var pending: UInt64 = 0
    public var committed: UInt64 = 0
    public var aborted: UInt64 = 0
    public var expired: UInt64 = 0

    public init() {}

    public mutating func add(_ status: SessionStatus) {
        switch status {
        case .pending: pending += 1
        case .committed: committed += 1
        case .aborted: aborted += 1
        case .expired: expired += 1
        }
    }
}

/// The times and the status of a session.
public struct SessionMeta: Hashable, Sendable {
    public let createdAt: Timestamp
    /// The time of the last use. The time to live counts from here, not from the creation.
    public internal(set) var lastSeen: Timestamp
    public internal(set) var status: SessionStatus

    public init(createdAt: Timestamp, lastSeen: Timestamp, status: SessionStatus) {
        self.createdAt = createdAt
        self.lastSeen = lastSeen
        self.status = status
    }
}

import SessionCore
import Testing

/// A service with a clock to turn and a sink that records, and what its calls did as values.
struct Fixture {
    static let timeToLive: Int64 = 1000

    let clock: ManualClock
    var service: SessionService<ManualClock>
    var sink = RecordingSink()
    private var random = SplitMix64(seed: 1)

    init(now: Int64 = 0) {
        clock = ManualClock(now)
        service = SessionService(clock: clock, timeToLiveMilliseconds: Self.timeToLive)
    }

    mutating func begin(_ spec: SessionSpec) -> SessionId {
        service.begin(spec, using: &random)
    }

    mutating func put(_ id: SessionId, _ index: UInt64, _ bytes: [UInt8]) -> PutOutcome {
        PutOutcome { try service.putChunk(id, index: index, bytes: bytes.span.bytes, into: &sink) }
    }

    /// Puts a chunk through a sink that fails.
    mutating func putFailing(_ id: SessionId, _ index: UInt64, _ bytes: [UInt8]) -> PutOutcome {
        var full = FailingSink()
        return PutOutcome { try service.putChunk(id, index: index, bytes: bytes.span.bytes, into: &full) }
    }

    func status(_ id: SessionId) -> SessionStatus? {
        service.get(id)?.meta.status
    }

    /// The session with this id; its absence fails at the caller's line.
    func session(_ id: SessionId, sourceLocation: SourceLocation = #_sourceLocation) throws -> Session {
        try #require(service.get(id), "no such session", sourceLocation: sourceLocation)
    }
}

/// What `SessionService.putChunk` did.
enum PutOutcome: Hashable {
    case durable
    case refused(SessionError)
    case failed(FailingSink.Failure)

    init(_ put: () throws -> Void) {
        do {
            try put()
            self = .durable
        } catch let error as PutChunkError<Never> {
            switch error {
            case .ledger(let refusal): self = .refused(refusal)
            }
        } catch let error as PutChunkError<FailingSink.Failure> {
            switch error {
            case .ledger(let refusal): self = .refused(refusal)
            case .sink(let failure): self = .failed(failure)
            }
        } catch {
            Issue.record("putChunk threw \(error)")
            self = .durable
        }
    }
}

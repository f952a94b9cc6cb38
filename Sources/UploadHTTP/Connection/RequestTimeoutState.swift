/// Decides when a connection times out. Pure: times are arguments, in nanoseconds of a monotonic clock.
///
/// Only time in which the server waits for the client counts: a slow disk is not the client's fault.
struct RequestTimeoutState {
    enum Phase: Equatable {
        /// Until the end of the next header.
        case head(isFirst: Bool)
        case body
        /// The request was read; its response is being prepared or sent.
        case responding
    }

    enum Verdict: Equatable {
        case patient
        case idle
        case headerTooSlow
        case bodyStalled
        case bodyTooSlow
    }

    private let limits: HTTPLimits
    private(set) var phase = Phase.head(isFirst: true)
    /// Requests whose header was read and whose response has not ended: more than one with a client that pipelines.
    private(set) var unanswered = 0
    private var phaseBegan: Int64
    private var isReading = false
    private var readingSince: Int64
    /// The window in which the rate is measured: time of the last update, time waited, bytes received.
    private var mark: Int64
    private var windowWaited: Int64 = 0
    private var windowBytes = 0

    init(limits: HTTPLimits, now: Int64) {
        self.limits = limits
        phaseBegan = now
        readingSince = now
        mark = now
    }

    /// The server starts to wait for bytes of the client.
    mutating func beginReading(at now: Int64) {
        account(now)
        if !isReading { readingSince = now }
        isReading = true
    }

    /// A read has ended.
    mutating func endReading(at now: Int64) {
        account(now)
        isReading = false
    }

    mutating func readHead(at now: Int64) {
        unanswered += 1
        phase = .body
        windowBytes = 0
        windowWaited = 0
        mark = now
        readingSince = now
    }

    mutating func readBody(byteCount: Int, at now: Int64) {
        windowBytes += byteCount
        readingSince = now
    }

    mutating func readEnd(at now: Int64) {
        // The response may have preceded the end of the body.
        phase = unanswered > 0 ? .responding : .head(isFirst: false)
        phaseBegan = now
    }

    mutating func endResponse(at now: Int64) {
        unanswered -= 1
        guard unanswered == 0, phase == .responding else { return }
        phase = .head(isFirst: false)
        phaseBegan = now
    }

    mutating func check(at now: Int64) -> Verdict {
        account(now)
        switch phase {
        case .head(isFirst: true):
            return now - phaseBegan > limits.headerTimeoutMilliseconds * 1_000_000 ? .headerTooSlow : .patient
        case .head(isFirst: false):
            return now - phaseBegan > limits.keepAliveTimeoutMilliseconds * 1_000_000 ? .idle : .patient
        case .body:
            if isReading, now - readingSince > limits.bodyIdleTimeoutMilliseconds * 1_000_000 { return .bodyStalled }
            guard windowWaited >= limits.bodyRateWindowMilliseconds * 1_000_000 else { return .patient }
            let isTooSlow = Double(windowBytes) * 1e9 < Double(limits.bodyBytesPerSecondMin) * Double(windowWaited)
            windowBytes = 0
            windowWaited = 0
            return isTooSlow ? .bodyTooSlow : .patient
        case .responding:
            return .patient
        }
    }

    private mutating func account(_ now: Int64) {
        if isReading { windowWaited += now - mark }
        mark = now
    }
}

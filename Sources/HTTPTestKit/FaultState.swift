import NIOCore

/// Counts the bytes of a connection and decides the action for each piece. Pure.
struct FaultState {
    enum Action: Hashable {
        case forward
        /// Forwards this many bytes of the piece, then resets both sides.
        case reset(afterBytes: Int)
        /// Forwards this many bytes of the piece, then closes the client's side.
        case end(afterBytes: Int)
        /// Drops the piece, resets both sides, and sends the request again.
        case replay
    }

    let fault: ConnectionFault
    private var requestBytes = 0
    private var answerBytes = 0
    private var request = -1
    private var isAnswering = true
    /// The bytes of the current request, if it is the one to send again.
    private(set) var recorded: [ByteBuffer] = []

    init(fault: ConnectionFault) {
        self.fault = fault
    }

    mutating func requested(_ piece: ByteBuffer) -> Action {
        if isAnswering {
            isAnswering = false
            request += 1
            recorded = []
        }
        if case .duplicate(request) = fault { recorded.append(piece) }
        let before = requestBytes
        requestBytes += piece.readableBytes
        if case .cutRequest(let bytes) = fault, requestBytes >= bytes {
            return .reset(afterBytes: max(0, bytes - before))
        }
        return .forward
    }

    mutating func answered(_ piece: ByteBuffer) -> Action {
        isAnswering = true
        let before = answerBytes
        answerBytes += piece.readableBytes
        switch fault {
        case .cutAnswer(let bytes) where answerBytes >= bytes: return .reset(afterBytes: max(0, bytes - before))
        case .truncateAnswer(let bytes) where answerBytes >= bytes: return .end(afterBytes: max(0, bytes - before))
        case .duplicate(request): return .replay
        default: return .forward
        }
    }
}

import NIOCore

/// What has gone through one connection, and what is to happen to the next piece. Pure.
struct Exchange {
    enum Verdict: Hashable {
        case forward
        /// So many bytes of the piece go through, and then both sides are reset.
        case reset(afterBytes: Int)
        /// So many bytes of the piece go through, and then the client sees the end.
        case end(afterBytes: Int)
        /// The piece is lost, both sides are reset, and the request is sent once more.
        case replay
    }

    let fault: ConnectionFault
    private var requestBytes = 0
    private var answerBytes = 0
    private var request = -1
    private var isAnswering = true
    /// The bytes of the request under way, as far as they may be needed again.
    private(set) var recorded: [ByteBuffer] = []

    init(fault: ConnectionFault) {
        self.fault = fault
    }

    mutating func requested(_ piece: ByteBuffer) -> Verdict {
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

    mutating func answered(_ piece: ByteBuffer) -> Verdict {
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

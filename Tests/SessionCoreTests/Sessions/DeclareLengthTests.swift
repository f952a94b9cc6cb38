import SessionCore
import Testing

@Suite struct DeclareLengthTests {
    @Test("an unknown length is filled in, and may be repeated")
    func fillIn() throws {
        var session = Session.chunks(of: 10, length: nil, durable: [0])
        try session.declareLength(25)
        try session.declareLength(25)
        #expect(session.spec.expectedBytes == 25)
        #expect(session.spec.chunkCount == 3)
        #expect(session.pieces == PieceSet([0]))
    }

    @Test("another length than the known one is refused", arguments: [0, 24, 26, UInt64.max])
    func conflict(length: UInt64) {
        var session = Session.chunks(of: 10, length: 25)
        #expect(throws: SessionError.lengthConflict(known: 25, declared: length)) {
            try session.declareLength(length)
        }
        #expect(session.spec.expectedBytes == 25)
    }

    @Test("a length below what is durable is refused, at its very end it is fine")
    func belowDurable() throws {
        var chunks = Session.chunks(of: 10, length: nil, durable: [0, 3])
        for length: UInt64 in [0, 10, 39] {
            #expect(throws: SessionError.lengthConflict(known: 40, declared: length)) {
                try chunks.declareLength(length)
            }
        }
        #expect(chunks.spec.expectedBytes == nil)
        try chunks.declareLength(40)
        #expect(chunks.spec.expectedBytes == 40)

        var append = Session.append(length: nil, offset: 7)
        #expect(throws: SessionError.lengthConflict(known: 7, declared: 6)) { try append.declareLength(6) }
        try append.declareLength(7)
        #expect(append.isComplete)
    }

    @Test("nothing durable leaves every length open, zero too", arguments: [0, 1, 10, 1 << 40] as [UInt64])
    func nothingDurable(length: UInt64) throws {
        for var session in [Session.chunks(of: 10, length: nil), .append(length: nil)] {
            try session.declareLength(length)
            #expect(session.spec.expectedBytes == length)
            #expect(session.isComplete == (length == 0))
        }
    }

    @Test("a session that has ended keeps its length", arguments: SessionStatus.endings)
    func ended(status: SessionStatus) {
        var session = Session.append(length: nil, offset: 3, status: status)
        #expect(throws: SessionError.ended(status)) { try session.declareLength(3) }
        #expect(session.spec.expectedBytes == nil)
        var known = Session.append(length: 3, offset: 3, status: status)
        #expect(throws: SessionError.ended(status)) { try known.declareLength(3) }
    }
}

import SessionCore
import Testing

@Suite struct SessionQuestionTests {
    @Test("bytes are counted exactly, the short last chunk too")
    func receivedBytes() {
        func bytes(_ durable: UInt64...) -> UInt64 {
            Session.chunks(of: 10, length: 25, durable: durable).receivedBytes
        }
        #expect(bytes() == 0)
        #expect(bytes(0) == 10)
        #expect(bytes(2) == 5)
        #expect(bytes(0, 2) == 15)
        #expect(bytes(0, 1, 2) == 25)
    }

    @Test("a length that is a multiple of the chunk size has a full last chunk")
    func fullLastChunk() {
        let session = Session.chunks(of: 10, length: 20, durable: [1])
        #expect(session.spec.chunkCount == 2)
        #expect(session.receivedBytes == 10)
        #expect(session.durableEnd == 20)
    }

    @Test("the gapless prefix ends at the first gap, the durable end at the last byte")
    func prefixAndEnd() {
        func ends(_ durable: UInt64...) -> [UInt64] {
            let session = Session.chunks(of: 10, length: 25, durable: durable)
            return [session.contiguousBytes, session.durableEnd]
        }
        #expect(ends() == [0, 0])
        #expect(ends(0) == [10, 10])
        #expect(ends(1) == [0, 20])
        #expect(ends(0, 2) == [10, 25])
        #expect(ends(0, 1, 2) == [25, 25])
    }

    @Test("without a known length durable chunks are full ones")
    func unknownLength() {
        let session = Session.chunks(of: 10, length: nil, durable: [0, 1, 3])
        #expect(session.receivedBytes == 30)
        #expect(session.contiguousBytes == 20)
        #expect(session.durableEnd == 40)
        #expect(session.receivedCount == 3)
        #expect(!session.isComplete)
    }

    @Test("an append counts bytes everywhere")
    func append() {
        let session = Session.append(length: 25, offset: 7)
        #expect(session.receivedBytes == 7)
        #expect(session.contiguousBytes == 7)
        #expect(session.durableEnd == 7)
        #expect(session.receivedCount == 7)
        #expect(session.spec.chunkSize == nil)
        #expect(session.spec.chunkCount == nil)
        #expect(!session.isComplete)
    }

    @Test("a session is complete when every byte of a known length is durable")
    func complete() {
        #expect(Session.chunks(of: 10, length: 25, durable: [0, 1, 2]).isComplete)
        #expect(!Session.chunks(of: 10, length: 25, durable: [0, 1]).isComplete)
        #expect(Session.chunks(of: 10, length: 0).isComplete)
        #expect(!Session.chunks(of: 10, length: nil, durable: [0]).isComplete)
        #expect(Session.append(length: 7, offset: 7).isComplete)
        #expect(Session.append(length: 0).isComplete)
        #expect(!Session.append(length: nil, offset: 7).isComplete)
    }

    @Test(
        "the number of chunks is rounded up and does not overflow",
        arguments: [
            (UInt64(0), UInt64(0)), (1, 1), (9, 1), (10, 1), (11, 2), (25, 3), (.max, UInt64.max / 10 + 1),
        ])
    func chunkCount(length: UInt64, count: UInt64) {
        #expect(SessionSpec.chunks(of: 10, length: length).chunkCount == count)
    }

    @Test("a use moves the last-seen time forward, never back")
    func touch() {
        var session = Session.recorded(.append(length: nil), createdAt: 100, lastSeen: 200)
        for (now, lastSeen) in [(150, 200), (200, 200), (250, 250), (-1, 250)] as [(Int64, Int64)] {
            session.touch(at: Timestamp(milliseconds: now))
            #expect(session.meta.lastSeen == Timestamp(milliseconds: lastSeen))
        }
        #expect(session.meta.createdAt == Timestamp(milliseconds: 100))
    }

    @Test("the time to live has passed after its last millisecond, for a pending session only")
    func due() {
        func isDue(_ now: Int64, _ status: SessionStatus = .pending) -> Bool {
            Session.recorded(.append(length: nil), status: status, createdAt: 0, lastSeen: 500)
                .isDue(at: Timestamp(milliseconds: now), timeToLiveMilliseconds: 100)
        }
        #expect([0, 599, 600, 601].map { isDue($0) } == [false, false, false, true])
        #expect(SessionStatus.endings.map { isDue(601, $0) } == [false, false, false])
        let eternal = Session.recorded(.append(length: nil), lastSeen: 500)
        #expect(!eternal.isDue(at: Timestamp(milliseconds: .max), timeToLiveMilliseconds: .max))
    }
}

import NativeWire
import SessionCore
import Testing
import UploadCore

@Suite struct UploadDocumentTests {
    private func document(_ record: UploadRecord) -> UploadDocument {
        UploadDocument(record, timeToLiveMilliseconds: 60_000)
    }

    @Test func `a pending upload lists received and missing chunks, and its expiry`() {
        let document = document(Records.upload(length: 75, pieces: [0, 1, 4]))
        #expect(document.state == .pending)
        #expect(document.id == Records.id.text && document.capsule == Records.capsule.text)
        #expect(document.owner == "ann" && document.name == "a.jpg" && document.type == "image/jpeg")
        #expect(document.length == 75 && document.chunkSize == 10 && document.chunkCount == 8)
        #expect(document.receivedBytes == 30)
        #expect(document.received == [[0, 1], [4, 4]])
        #expect(document.missing == [[2, 3], [5, 7]])
        #expect(document.createdAt.timestamp == Records.createdAt)
        #expect(document.expiresAt?.timestamp == Records.lastSeen.advanced(byMilliseconds: 60_000))
        #expect(document.blob == nil && document.sha256 == nil)
    }

    @Test func `of an upload of unknown length, the gaps so far are missing`() {
        let document = document(Records.upload(length: nil, pieces: [2, 4]))
        #expect(document.missing == [[0, 1], [3, 3]])
        #expect(document.length == nil && document.chunkCount == nil)
        #expect(self.document(Records.upload(length: nil)).missing == [])
    }

    @Test func `with all bytes durable it is finishing, without any it is pending`() {
        #expect(document(Records.upload(pieces: [0, 1, 2])).state == .finishing)
        #expect(document(Records.upload(pieces: [0, 1, 2])).expiresAt != nil)
        #expect(document(Records.upload(length: 0)).state == .pending)
        #expect(document(Records.upload(length: nil, pieces: [0, 1, 2])).state == .pending)
    }

    @Test func `an append upload has an offset and ranges of bytes instead of chunks`() {
        for (offset, received, missing) in [
            (0, [], [[0, 24]]), (7, [[0, 6]], [[7, 24]]), (24, [[0, 23]], [[24, 24]]), (25, [[0, 24]], []),
        ] as [(UInt64, [[UInt64]], [[UInt64]])] {
            let document = document(Records.upload(layout: .append, offset: offset))
            #expect(document.layout == .append && document.chunkSize == nil && document.chunkCount == nil)
            #expect(document.offset == offset && document.receivedBytes == offset)
            #expect(document.received == received && document.missing == missing)
        }
        let unknown = document(Records.upload(length: nil, layout: .append, offset: 7))
        #expect(unknown.offset == 7 && unknown.received == [[0, 6]] && unknown.missing == [])
        let chunks = document(Records.upload(length: 75, pieces: [0]))
        #expect(chunks.layout == .chunks && chunks.offset == nil)
    }

    @Test func `a committed upload names its blob and the SHA-256 of its bytes, if that is known`() {
        let status = SessionStatus.committed(at: Records.lastSeen)
        let whole = document(Records.upload(pieces: [0, 1, 2], status: status, digest: .whole(Records.digest)))
        #expect(whole.state == .committed && whole.blob == Records.id.text && whole.sha256 == Records.digest.hex)
        #expect(whole.received == [[0, 2]] && whole.missing == [] && whole.expiresAt == nil)
        let parts = document(Records.upload(status: status, digest: .composite(Records.digest, parts: 2)))
        #expect(parts.blob != nil && parts.sha256 == nil)
    }

    @Test func `an aborted or expired upload has no bytes, received or missing`() {
        for status in [SessionStatus.aborted(at: Records.lastSeen), .expired(at: Records.lastSeen)] {
            let document = document(Records.upload(pieces: [0], status: status))
            #expect(document.receivedBytes == 0 && document.received == [] && document.missing == [])
            #expect(document.expiresAt == nil && document.blob == nil)
        }
    }

    @Test func `at most 1000 ranges are listed`() {
        let document = document(Records.upload(length: 50_000, pieces: (0..<2500).map { $0 * 2 }))
        #expect(document.received.count == 1000 && document.received.last == [1998, 1998])
        #expect(document.missing.count == 1000 && document.missing.last == [1999, 1999])
    }

    @Test func `only a committed upload has a finish document`() throws {
        #expect(FinishedDocument(Records.upload(pieces: [0, 1, 2])) == nil)
        let record = Records.upload(
            pieces: [0, 1, 2], status: .committed(at: Records.lastSeen), digest: .whole(Records.digest))
        let finished = try #require(FinishedDocument(record))
        #expect(finished.upload == Records.id.text && finished.blob == Records.id.text && finished.size == 25)
        #expect(finished.sha256 == Records.digest.hex && finished.createdAt.timestamp == Records.createdAt)
    }
}

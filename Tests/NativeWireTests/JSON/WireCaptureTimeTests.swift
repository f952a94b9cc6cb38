import HTTPWire
import NativeWire
import SessionCore
import Testing
import UploadCore

@Suite struct WireCaptureTimeTests {
    @Test(
        arguments: [
            ("2024-05-01T12:30:45.123", nil), ("2024-05-01T12:30:45.123Z", 0), ("2024-05-01T12:30:45.123+02:00", 120),
            ("2024-05-01T12:30:45.123-09:30", -570),
        ] as [(String, Int?)])
    func `a time keeps its offset, or has none`(text: String, zone: Int?) throws {
        let time = try #require(WireCaptureTime(text: text))
        #expect(time.time.zoneMinutes == zone)
        #expect(time.text == text)
        #expect(time.time.localMilliseconds == 1_714_566_645_123)
        let utc = zone.map { Timestamp(milliseconds: 1_714_566_645_123 - Int64($0) * 60_000) }
        #expect(time.time.instant == utc)
    }

    @Test(arguments: [
        "", "2024-05-01", "12:30:45", "2024-05-01T12:30", "2024-05-01T12:30:45ZZ", "2024-13-01T12:30:45", "yesterday",
    ])
    func `other texts are refused`(text: String) {
        #expect(WireCaptureTime(text: text) == nil)
    }

    @Test func `a document has the instant in UTC, and the zone beside it; local time has neither`() throws {
        func document(_ time: CaptureTime?, note: DerivationNote? = nil) -> MemoryDocument {
            MemoryDocument(
                Memory(
                    id: MemoryId(Records.id), capsule: Records.capsule, creator: Principal("ann"),
                    details: MemoryDetails(takenAt: time), createdAt: Records.createdAt, assets: [],
                    derivationNote: note))
        }
        let zoned = try #require(WireCaptureTime(text: "2024-05-01T12:30:45+02:00")).time
        #expect(document(zoned).takenAt?.text == "2024-05-01T10:30:45.000Z")
        #expect(document(zoned).takenAtZone == "+02:00")
        #expect(document(zoned).captureTime == zoned)
        let local = try #require(WireCaptureTime(text: "2024-05-01T12:30:45")).time
        #expect(document(local).takenAt?.text == "2024-05-01T12:30:45.000")
        #expect(document(local).takenAtZone == nil && document(local).captureTime == local)
        #expect(document(nil).captureTime == nil)

        let partial = document(nil, note: DerivationNote(.partial, "it ends early"))
        #expect(partial.derivation == .partial && partial.state == .complete && partial.reason == "it ends early")
        #expect(document(nil, note: DerivationNote(.preview, "r")).derivation == .preview)
        let whole = document(nil, note: DerivationNote(.whole, "a remark"))
        #expect(whole.derivation == nil && whole.reason == "a remark")
    }
}

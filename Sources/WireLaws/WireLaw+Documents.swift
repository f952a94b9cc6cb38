import NativeWire
import SessionCore
import UploadCore

extension WireLaw {
    static func httpDate(_ text: String) -> String? {
        guard let date = Timestamp(httpDate: text, now: now) else { return nil }
        return Timestamp(httpDate: date.httpDate, now: now) == date ? nil : "“\(date.httpDate)” is not read back"
    }

    static func rfc3339(_ text: String) -> String? {
        guard let time = Timestamp(rfc3339: text) else { return nil }
        return Timestamp(rfc3339: time.rfc3339) == time ? nil : "“\(time.rfc3339)” is not read back"
    }

    static func newUpload(_ bytes: [UInt8]) -> String? {
        roundTrip(NewUploadDocument.self, bytes)
    }

    static func problem(_ bytes: [UInt8]) -> String? {
        roundTrip(ProblemDocument.self, bytes)
    }

    private static func roundTrip<Document: Codable & Equatable>(
        _ type: Document.Type, _ bytes: [UInt8]
    ) -> String? {
        guard let document = try? NativeJSON.decode(type, from: bytes) else { return nil }
        let written = (try? NativeJSON.encode(document)) ?? []
        let again = try? NativeJSON.decode(type, from: written)
        return again == document ? nil : "“\(String(decoding: written, as: UTF8.self))” is not read back"
    }
}

import HTTPWire
import NativeWire
import SessionCore
import UploadModel

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

    static func newLink(_ bytes: [UInt8]) -> String? {
        if let violation = roundTrip(NewLinkDocument.self, bytes) { return violation }
        guard let document = try? NativeJSON.decode(NewLinkDocument.self, from: bytes),
            let limits = try? document.limits()
        else { return nil }
        return limits.types.count == document.types?.count ?? 0 ? nil : "\(limits.types.count) types"
    }

    static func newMemory(_ bytes: [UInt8]) -> String? {
        if let violation = roundTrip(NewMemoryDocument.self, bytes) { return violation }
        guard let document = try? NativeJSON.decode(NewMemoryDocument.self, from: bytes),
            let drafts = try? document.drafts()
        else { return nil }
        let count = (document.assets?.count ?? 0) + (document.inlineAssets?.count ?? 0)
        return drafts.count == count ? nil : "\(drafts.count) assets of \(count)"
    }

    static func newAsset(_ bytes: [UInt8]) -> String? {
        roundTrip(AddedAssetDocument.self, bytes)
    }

    /// A patch is idempotent, and leaves absent members unchanged.
    static func memoryPatch(_ bytes: [UInt8]) -> String? {
        if let violation = roundTrip(MemoryPatchDocument.self, bytes) { return violation }
        guard let patch = try? NativeJSON.decode(MemoryPatchDocument.self, from: bytes) else { return nil }
        var details = MemoryDetails(title: "t", text: "x", tags: ["a", "b"], type: "photo", takenAt: CaptureTime(now))
        patch.apply(to: &details)
        var again = details
        patch.apply(to: &again)
        guard again == details else { return "twice is not once: \(again)" }
        return patch.title == .unchanged && details.title != "t" ? "an unchanged title changed" : nil
    }

    static func problem(_ bytes: [UInt8]) -> String? {
        roundTrip(ProblemDocument.self, bytes)
    }

    /// A text that the strict reading accepts is JSON for others, too, and means the same to a lenient reader if all its
    /// members are known. What is written is accepted.
    static func requestDocument(_ bytes: [UInt8]) -> String? {
        guard let (strict, unknown) = read(bytes) else { return nil }
        guard (try? NativeJSON.decode(AnyValue.self, from: bytes)) != nil else { return "is no JSON for others" }
        let written = (try? NativeJSON.encode(strict)) ?? []
        guard let (again, unwritten) = read(written), again == strict, unwritten.isEmpty
        else { return "“\(String(decoding: written, as: UTF8.self))” is not read back" }
        guard unknown.isEmpty else { return nil }
        let lenient = try? NativeJSON.decode(NewMemoryDocument.self, from: bytes)
        return lenient == strict ? nil : "means something else to a lenient reader"
    }

    /// The strict reading, and the unknown members.
    private static func read(_ bytes: [UInt8]) -> (NewMemoryDocument, [String])? {
        var unknown: [String] = []
        guard
            let document = try? NativeJSON.decodeRequest(NewMemoryDocument.self, from: bytes, unknown: { unknown = $0 })
        else { return nil }
        return (document, unknown)
    }

    /// Any JSON, read to its end.
    private enum AnyValue: Decodable {
        case leaf
        case list([AnyValue])
        case object([String: AnyValue])

        init(from decoder: any Decoder) throws {
            if let members = try? decoder.singleValueContainer().decode([String: AnyValue].self) {
                self = .object(members)
            } else if let elements = try? decoder.singleValueContainer().decode([AnyValue].self) {
                self = .list(elements)
            } else {
                self = .leaf
            }
        }
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

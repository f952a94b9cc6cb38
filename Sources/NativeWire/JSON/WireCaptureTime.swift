import HTTPWire
import SessionCore
public import UploadModel

/// A time of capture in documents: RFC 3339 with milliseconds, in UTC or with another offset; or, where the zone is
/// unknown, the local time without any (ISO 8601): `2026-11-22T21:35:22.123`.
public struct WireCaptureTime: Codable, Hashable, Sendable {
    public var time: CaptureTime

    public init(_ time: CaptureTime) {
        self.time = time
    }

    /// nil for other texts.
    public init?(text: String) {
        if let local = Timestamp(rfc3339: text + "Z") {
            time = CaptureTime(localMilliseconds: local.milliseconds)
        } else if let (instant, zone) = Timestamp.withOffset(rfc3339: text) {
            time = CaptureTime(instant, zoneMinutes: zone)
        } else {
            return nil
        }
    }

    public var text: String {
        let local = String(Timestamp(milliseconds: time.localMilliseconds).rfc3339.dropLast())
        return switch time.zoneMinutes {
        case nil: local
        case 0: local + "Z"
        case let zone?: local + WireZone.text(of: zone)
        }
    }

    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let time = WireCaptureTime(text: try container.decode(String.self)) else {
            throw DecodingError.refusing(
                "must be an RFC 3339 time, or a local time without an offset", at: container.codingPath)
        }
        self = time
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// Offsets from UTC in documents: `+02:00`.
enum WireZone {
    static func text(of minutes: Int) -> String {
        func twoDigits(_ number: Int) -> String { number < 10 ? "0\(number)" : "\(number)" }
        let distance = abs(minutes)
        return (minutes < 0 ? "-" : "+") + twoDigits(distance / 60) + ":" + twoDigits(distance % 60)
    }

    /// nil for other texts.
    static func minutes(of text: String) -> Int? {
        Timestamp.withOffset(rfc3339: "2000-01-01T12:00:00" + text)?.offsetMinutes
    }
}

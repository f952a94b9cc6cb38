public import SessionCore

/// When a picture was taken: the time that the camera's clock showed, and the offset of that clock from UTC if it is known.
///
/// Most cameras record local time without an offset. Such a time is no instant: it stays what the clock showed.
public struct CaptureTime: Hashable, Sendable {
    /// The offsets that an hour and minutes with two digits each can state, in minutes.
    public static let zones = -1439...1439

    /// What the clock showed, in milliseconds since it would have shown 1970-01-01T00:00:00.
    public let localMilliseconds: Int64
    /// Minutes that the clock was ahead of UTC; nil if unknown.
    public let zoneMinutes: Int?

    /// A local time.
    public init(localMilliseconds: Int64) {
        self.localMilliseconds = localMilliseconds
        zoneMinutes = nil
    }

    /// An instant, shown by a clock that was so many minutes ahead of UTC.
    ///
    /// - Parameter zoneMinutes: Within `zones`; anything else counts as the nearest of them.
    public init(_ instant: Timestamp, zoneMinutes: Int = 0) {
        let zone = min(max(zoneMinutes, Self.zones.lowerBound), Self.zones.upperBound)
        localMilliseconds = instant.advanced(byMilliseconds: Int64(zone) * 60_000).milliseconds
        self.zoneMinutes = zone
    }

    /// What the clock showed, and its offset from UTC.
    public init(localMilliseconds: Int64, zoneMinutes: Int?) {
        guard let zoneMinutes else {
            self.init(localMilliseconds: localMilliseconds)
            return
        }
        let local = Timestamp(milliseconds: localMilliseconds)
        self.init(local.advanced(byMilliseconds: -Int64(zoneMinutes) * 60_000), zoneMinutes: zoneMinutes)
    }

    /// nil if the offset is unknown.
    public var instant: Timestamp? {
        zoneMinutes.map { Timestamp(milliseconds: localMilliseconds).advanced(byMilliseconds: -Int64($0) * 60_000) }
    }
}

/// The outcome of a derivation where it is not complete and without remark.
public enum DerivationRemark: Hashable, Sendable {
    /// There are none; the memory has the original alone. For people, without the file's name.
    case failed(reason: String)
    case noted(DerivationNote)

    public var reason: String {
        switch self {
        case .failed(let reason): reason
        case .noted(let note): note.reason
        }
    }

    package var error: String? {
        if case .failed(let reason) = self { reason } else { nil }
    }

    package var note: DerivationNote? {
        if case .noted(let note) = self { note } else { nil }
    }
}

/// What the renditions of a memory show where it is not simply all of its original.
public struct DerivationNote: Hashable, Sendable {
    public enum Extent: Int, Hashable, Sendable, CaseIterable {
        /// All of it, with a remark on how.
        case whole = 0
        /// The part that could be decoded.
        case partial = 1
        /// A preview that the original contains, as raw files do.
        case preview = 2
    }

    public let extent: Extent
    /// For people, without the file's name.
    public let reason: String

    public init(_ extent: Extent, _ reason: String) {
        self.extent = extent
        self.reason = reason
    }
}

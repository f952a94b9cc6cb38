import ImagingWire
import UploadClient

/// What the name of a file in a camera folder says about it. Pure.
struct CameraName: Hashable, Sendable {
    enum Role: Hashable, Sendable {
        case picture
        case raw
        case video
        /// Instructions of an editor: AAE, XMP.
        case sidecar
        /// What file managers leave in every directory.
        case system
        case other
    }

    let role: Role
    /// The directory, and the name without its extension in lower case: files of one shot share it.
    let stem: String
    /// The same with the extension: the stem of a sidecar that is named after the whole file (`IMG_1.CR2.xmp`).
    let whole: String
    /// The order in which pictures of one stem are taken for the original.
    let rank: Int

    /// - Parameter path: Absolute.
    init(path: String) {
        let name: Substring
        let directory: Substring
        if let slash = path.lastIndex(of: "/") {
            (directory, name) = (path[...slash], path[path.index(after: slash)...])
        } else {
            (directory, name) = ("", path[...])
        }
        let lower = name.lowercased()
        let dot = lower.lastIndex(of: ".").flatMap { $0 == lower.startIndex ? nil : $0 }
        stem = String(directory + lower[..<(dot ?? lower.endIndex)])
        whole = directory + lower
        let type = MediaTypes.guess(fromName: lower)
        role = Self.role(lower, extension: dot.map { lower[lower.index(after: $0)...] } ?? "", type)
        rank = type.flatMap { Self.ranks[$0] } ?? Self.ranks.count
    }

    /// Whether it is in a format in which cameras write pictures beside a raw file or a video.
    var isCameraPicture: Bool { role == .picture && rank < Self.ranks.count }

    /// The original of instructions that iOS keeps of an edited picture: `IMG_O1234.AAE` belongs to `IMG_1234`.
    var stemOfOriginal: String? {
        guard role == .sidecar else { return nil }
        let start = stem.lastIndex(of: "/").map { stem.index(after: $0) } ?? stem.startIndex
        let number = stem[start...].dropFirst("img_o".count)
        guard stem[start...].hasPrefix("img_o"), !number.isEmpty, number.allSatisfy(\.isNumber) else { return nil }
        return stem[..<start] + "img_" + number
    }

    private static let ranks = ["image/heic": 0, "image/heif": 1, "image/jpeg": 2]
    private static let systemNames: Set<String> = [
        ".ds_store", ".localized", "thumbs.db", "ehthumbs.db", "desktop.ini",
    ]
    private static let rawTypes = Set(PictureFormat.allCases.filter(\.isRaw).flatMap(\.mediaTypes))
    private static let pictureTypes = Set(
        PictureFormat.allCases.filter { !$0.isRaw && !$0.isVideo }.flatMap(\.mediaTypes))

    private static func role(_ name: String, extension ending: Substring, _ type: String?) -> Role {
        // AppleDouble files have the attributes of the file after whose name they are called.
        if name.hasPrefix("._") || systemNames.contains(name) { return .system }
        if ending == "aae" || ending == "xmp" { return .sidecar }
        guard let type else { return .other }
        if rawTypes.contains(type) { return .raw }
        if pictureTypes.contains(type) { return .picture }
        return type.hasPrefix("video/") ? .video : .other
    }
}

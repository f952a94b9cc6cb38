/// The formats of pictures and videos that are told apart; the raw values are those of the wire.
package enum PictureFormat: UInt32, Hashable, Sendable, CaseIterable {
    case jpeg = 1
    case png
    case webP
    case gif
    /// BigTIFF included.
    case tiff
    case heic
    case avif
    case bmp
    case jpegXL
    case jpeg2000
    case psd
    // Raw files of cameras, of which the largest preview is derived.
    case dng
    case cr2
    case cr3
    case nef
    case arw
    case raf
    case rw2
    case orf
    /// A raw file in the form of a TIFF, of a camera without a format of its own here.
    case raw
    // Videos, of which a poster is derived.
    case quickTime
    case mp4
    case matroska
    case webM
    case avi
    case mpegTransportStream
    case mpegProgramStream

    /// For people.
    package var name: String {
        switch self {
        case .jpeg: "JPEG"
        case .png: "PNG"
        case .webP: "WebP"
        case .gif: "GIF"
        case .tiff: "TIFF"
        case .heic: "HEIC"
        case .avif: "AVIF"
        case .bmp: "BMP"
        case .jpegXL: "JPEG XL"
        case .jpeg2000: "JPEG 2000"
        case .psd: "Photoshop"
        case .dng: "DNG"
        case .cr2: "CR2"
        case .cr3: "CR3"
        case .nef: "NEF"
        case .arw: "ARW"
        case .raf: "RAF"
        case .rw2: "RW2"
        case .orf: "ORF"
        case .raw: "raw"
        case .quickTime: "QuickTime"
        case .mp4: "MP4"
        case .matroska: "Matroska"
        case .webM: "WebM"
        case .avi: "AVI"
        case .mpegTransportStream: "MPEG-TS"
        case .mpegProgramStream: "MPEG"
        }
    }

    /// The media types under which such a file is known, the proper one first. Most of those of raw files are unregistered.
    package var mediaTypes: [String] {
        switch self {
        case .jpeg: ["image/jpeg", "image/jpg", "image/pjpeg"]
        case .png: ["image/png", "image/apng", "image/x-png"]
        case .webP: ["image/webp"]
        case .gif: ["image/gif"]
        case .tiff: ["image/tiff", "image/tiff-fx"]
        case .heic: ["image/heic", "image/heif", "image/heic-sequence", "image/heif-sequence"]
        case .avif: ["image/avif", "image/avif-sequence", "image/heif"]
        case .bmp: ["image/bmp", "image/x-bmp", "image/x-ms-bmp"]
        case .jpegXL: ["image/jxl"]
        case .jpeg2000: ["image/jp2", "image/jpx", "image/jpm", "image/j2k", "image/jph", "image/jphc"]
        case .psd: ["image/vnd.adobe.photoshop", "image/x-photoshop", "application/x-photoshop"]
        case .dng: ["image/x-adobe-dng", "image/dng"]
        case .cr2: ["image/x-canon-cr2"]
        case .cr3: ["image/x-canon-cr3"]
        case .nef: ["image/x-nikon-nef"]
        case .arw: ["image/x-sony-arw"]
        case .raf: ["image/x-fuji-raf"]
        case .rw2: ["image/x-panasonic-rw2"]
        case .orf: ["image/x-olympus-orf"]
        // What it is exactly, the client may know better.
        case .raw: []
        case .quickTime: ["video/quicktime", "video/mp4", "video/x-m4v"]
        case .mp4:
            ["video/mp4", "video/quicktime", "video/x-m4v", "video/3gpp", "video/3gpp2", "audio/mp4", "audio/x-m4a"]
        case .matroska: ["video/matroska", "video/x-matroska", "audio/matroska", "audio/x-matroska"]
        case .webM: ["video/webm", "audio/webm"]
        case .avi: ["video/vnd.avi", "video/x-msvideo", "video/avi", "video/msvideo"]
        case .mpegTransportStream: ["video/mp2t", "video/vnd.dlna.mpeg-tts"]
        case .mpegProgramStream: ["video/mpeg", "video/x-mpeg", "video/mp2p"]
        }
    }

    package var isRaw: Bool { (Self.dng.rawValue...Self.raw.rawValue).contains(rawValue) }
    package var isVideo: Bool { rawValue >= Self.quickTime.rawValue }
}

import CVips
import Glibc
import ImagingWire

/// A picture file whose header is within the limits. No pixel is decoded yet.
struct PictureFile {
    let format: PictureFormat
    private let file: VipsFile
    private let header: VipsPicture

    /// - Throws: `.problem`; `.failed` if the file cannot be read.
    init(_ descriptor: Int32, limits: PictureLimits) throws(ImagingError) {
        guard let format = PictureFormat(sniffing: try Self.head(of: descriptor)) else {
            throw ImagingError.problem(.unknownFormat)
        }
        self.format = format
        if format == .jpeg {
            guard let scans = JPEGScans.count(in: descriptor, limit: limits.jpegScansMax) else {
                throw ImagingError.failed("the file cannot be read")
            }
            guard scans <= limits.jpegScansMax else {
                throw ImagingError.problem(.tooManyScans(limit: limits.jpegScansMax))
            }
        }
        do throws(VipsError) {
            file = try VipsFile(descriptor: descriptor)
            header = try VipsCall(format.loader, [("source", .file(file)), ("access", .text("sequential"))]).output()
        } catch {
            throw ImagingError.problem(.undecodable(format))
        }
        let limit = Self.pixelsMax(format, header, limits)
        guard UInt64(header.width) * UInt64(header.height) <= limit else {
            throw ImagingError.problem(
                .tooManyPixels(
                    format, width: UInt32(header.width), height: UInt32(header.height), limit: limit))
        }
    }

    private static func head(of descriptor: Int32) throws(ImagingError) -> [UInt8] {
        var failed = false
        let head = [UInt8](unsafeUninitializedCapacity: PictureFormat.sniffedBytes) { buffer, count in
            let read = pread(descriptor, buffer.baseAddress, buffer.count, 0)
            failed = read < 0
            count = max(0, read)
        }
        if failed { throw ImagingError.failed("the file cannot be read") }
        return head
    }

    private static func pixelsMax(_ format: PictureFormat, _ header: VipsPicture, _ limits: PictureLimits) -> UInt64 {
        switch format {
        case .jpeg: header.flag("jpeg-multiscan") ? limits.wholePixelsMax : limits.pixelsMax
        case .png: header.flag("interlaced") ? limits.wholePixelsMax : limits.pixelsMax
        case .tiff: limits.pixelsMax
        case .webP, .heif: limits.wholePixelsMax
        case .gif: limits.gifPixelsMax
        }
    }

    // MARK: - Header

    private var isTurned: Bool { vips_image_get_orientation_swap(header.image) != 0 }
    var uprightWidth: UInt32 { UInt32(isTurned ? header.height : header.width) }
    var uprightHeight: UInt32 { UInt32(isTurned ? header.width : header.height) }

    /// The camera's time of capture.
    var takenAt: ExifTime? {
        header.bytes("exif-data").flatMap { ExifData($0)?.takenAt }
    }

    // MARK: - Decoding

    /// The upright picture in sRGB with a longer edge of at most `edge`, computed on demand. A truncated file is an
    /// error.
    func decoded(edge: UInt32) throws(VipsError) -> VipsPicture {
        var load = VipsCall(
            format.loader,
            [("source", .file(file)), ("access", .text("sequential")), ("fail-on", .text("truncated"))])
        let longer = max(header.width, header.height)
        switch format {
        case .jpeg: load.set("shrink", "\(Self.jpegShrink(from: longer, to: Int(edge)))")
        case .webP where longer > edge: load.set("scale", "\(Double(edge) / Double(longer))")
        default: break
        }
        return try load.output().reduced(to: edge, convertingColour: isColourManaged)
    }

    /// The factor by which the decoder shrinks while decoding. libvips does so by itself only from a factor of four.
    private static func jpegShrink(from longer: Int, to edge: Int) -> Int {
        [8, 4, 2].first { longer / $0 >= edge } ?? 1
    }

    /// Whether there is a profile to convert from: without one, the conversion would change pictures that are sRGB
    /// already.
    private var isColourManaged: Bool {
        header.has("icc-profile-data") || vips_image_guess_interpretation(header.image) == VIPS_INTERPRETATION_CMYK
    }
}

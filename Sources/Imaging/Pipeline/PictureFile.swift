import CVips
import ImagingWire

/// A picture file whose header is within the limits. No pixel is decoded yet, except by the decoders of this module.
struct PictureFile {
    /// Where the pixels come from.
    enum Origin {
        case loader(String, VipsFile)
        /// Decoded already; whether the file has all of it.
        case pixels(VipsPicture, isComplete: Bool)
    }

    let format: PictureFormat
    let origin: Origin
    /// Header and fields; its pixels are not computed.
    let header: VipsPicture
    /// The bytes of the picture itself, which may be a part of the file.
    let source: ByteSource
    /// Whether `source` is decoded as a JPEG.
    let isJPEG: Bool
    private(set) var notes: [PictureNote] = []
    /// Exif orientation, where the decoder does not know it.
    private(set) var orientation: Int?
    private(set) var heif: HEIFStructure?
    private(set) var tiff: TIFFDirectory?
    private(set) var takenAt: PictureTime?
    /// Pixels of the original after its orientation was applied.
    private(set) var uprightWidth: UInt32 = 0
    private(set) var uprightHeight: UInt32 = 0

    /// - Throws: `.problem`; `.failed` if the file cannot be read.
    init(_ descriptor: Int32, limits: PictureLimits, fileBytesMax: UInt64) throws(ImagingError) {
        guard let file = ByteSource(file: descriptor) else { throw ImagingError.failed("the file cannot be read") }
        let head = file.upTo(min(SniffedKind.bytes, file.count), at: 0)
        if head.isEmpty, file.count > 0 { throw ImagingError.failed("the file cannot be read") }
        let kind = SniffedKind(head)
        if case .picture(let format) = kind, format.isVideo {
            throw ImagingError.problem(.video(format), takenAt: VideoFile(format, file).takenAt)
        }
        guard file.count <= fileBytesMax else {
            let mebibytes = UInt32(clamping: file.count >> 20 + (file.count & (1 << 20 - 1) == 0 ? 0 : 1))
            throw ImagingError.problem(.tooManyBytes(mebibytes: mebibytes, limit: fileBytesMax))
        }
        switch kind {
        case nil: throw ImagingError.problem(.unknownFormat)
        case .other(let kind): throw ImagingError.problem(.otherKind(kind))
        case .tiffStructure:
            guard let tiff = TIFFStructure(file) else { throw ImagingError.problem(.unknownFormat) }
            if let raw = RawFile(tiff, in: file) {
                self = try Self(raw, file, descriptor, limits)
            } else {
                self = try Self(tiff, file, descriptor, limits)
            }
        case .picture(let format) where format.isRaw:
            self = try Self(RawFile(format, file), file, descriptor, limits)
        case .picture(let format):
            self = try Self(format, file, descriptor, limits)
        }
    }

    // MARK: - Kinds

    private init(
        _ format: PictureFormat, _ file: ByteSource, _ descriptor: Int32, _ limits: PictureLimits
    ) throws(ImagingError) {
        switch format {
        case .bmp, .psd:
            try self.init(own: format, file, limits)
        case .heic, .avif:
            let structure = HEIFStructure(file)
            guard structure.hasMetadata else {
                let isSequence = structure.hasMovie && !structure.isCutOff
                throw ImagingError.problem(
                    isSequence ? .otherKind(.sequence) : structure.isCutOff ? .incomplete(format) : .undecodable(format)
                )
            }
            // libheif refuses what follows the picture.
            let own = file.part(0, count: structure.end)
            try self.init(
                format, own, loader: format.loader, descriptor: own.count < file.count ? nil : descriptor, limits,
                isCutOff: structure.isCutOff)
            heif = structure
            // Cameras write both; files with Exif's alone come from programs that leave turning to the viewer. AVIFs are
            // shown without it by browsers, and encoders state the rotation properly.
            if format == .heic, !structure.hasTransformation { orientation = exifOrientation }
            finish(CaptureTimes())
        default:
            guard VipsLibrary.hasLoader(format) else { throw ImagingError.problem(.noDecoder(format)) }
            try self.init(format, file, loader: format.loader, descriptor: descriptor, limits)
            let chunks = format == .png ? PNGChunks(file) : nil
            finish(chunks?.times ?? CaptureTimes())
        }
    }

    private init(
        _ structure: TIFFStructure, _ file: ByteSource, _ descriptor: Int32, _ limits: PictureLimits
    ) throws(ImagingError) {
        let first = structure.first
        // The old way of a JPEG in a TIFF (TIFF 6.0, section 22).
        if first?.number(.compression) == 6, let offset = first?.number(.jpegOffset),
            JPEGHeader.size(of: file, at: offset) != nil
        {
            try self.init(
                .tiff, file.part(offset, count: Self.embeddedBytesMax), loader: PictureFormat.jpeg.loader, limits)
            orientation = first?.number(.orientation)
        } else {
            try self.init(.tiff, file, loader: PictureFormat.tiff.loader, descriptor: descriptor, limits)
            tiff = first
            if isUndecodableTIFF { throw ImagingError.problem(.undecodable(.tiff)) }
        }
        var times = CaptureTimes()
        times.exif = [structure]
        finish(times)
    }

    private init(
        _ raw: RawFile, _ file: ByteSource, _ descriptor: Int32, _ limits: PictureLimits
    ) throws(ImagingError) {
        guard let preview = raw.largestPreview else { throw ImagingError.problem(.noPreview(raw.format)) }
        switch preview.place {
        case .jpeg(let offset):
            try self.init(
                raw.format, file.part(offset, count: Self.embeddedBytesMax), loader: PictureFormat.jpeg.loader, limits)
        case .firstDirectory:
            try self.init(raw.format, file, loader: PictureFormat.tiff.loader, descriptor: descriptor, limits)
        }
        if exifOrientation ?? 1 == 1 { orientation = raw.orientation }
        finish(raw.times)
        notes.insert(.preview(width: uprightWidth, height: uprightHeight), at: 0)
        if let size = raw.size, size.width * size.height > preview.area {
            (uprightWidth, uprightHeight) =
                isTurned ? (UInt32(size.height), UInt32(size.width)) : (UInt32(size.width), UInt32(size.height))
        }
    }

    /// The largest JPEG inside of another file.
    private static let embeddedBytesMax = 256 << 20

    /// Opens bytes with a loader of libvips.
    ///
    /// - Parameter descriptor: Of a file that is exactly `source`; without it the bytes are read into memory.
    private init(
        _ format: PictureFormat, _ source: ByteSource, loader: String?, descriptor: Int32? = nil,
        _ limits: PictureLimits, isCutOff: Bool = false
    ) throws(ImagingError) {
        guard let loader else { throw ImagingError.problem(.noDecoder(format)) }
        self.format = format
        isJPEG = loader == PictureFormat.jpeg.loader
        var source = source
        if isJPEG {
            let scans = JPEGScans(in: source, limit: limits.jpegScansMax)
            guard scans.count > 0 else { throw ImagingError.problem(.incomplete(format)) }
            guard scans.count <= limits.jpegScansMax else {
                throw ImagingError.problem(.tooManyScans(limit: limits.jpegScansMax))
            }
            // Of a raw file, the sensor's data may follow.
            if descriptor == nil, let end = scans.end { source = source.part(0, count: end) }
        }
        self.source = source
        do throws(VipsError) {
            let file: VipsFile
            if let descriptor {
                file = try VipsFile(descriptor: descriptor)
            } else {
                file = try VipsFile(source.upTo(source.count, at: 0))
            }
            origin = .loader(loader, file)
            header = try VipsCall(loader, [("source", .file(file)), ("access", .text("sequential"))]).output()
        } catch {
            throw ImagingError.problem(
                isCutOff || FileEnd.isEarly(format, source) ? .incomplete(format) : .undecodable(format))
        }
        try require(limits)
    }

    /// Opens bytes with a decoder of this module.
    private init(own format: PictureFormat, _ source: ByteSource, _ limits: PictureLimits) throws(ImagingError) {
        self.format = format
        self.source = source
        isJPEG = false
        var times = CaptureTimes()
        let decoded =
            format == .bmp
            ? try OwnDecoders.bitmap(source, limits) : try OwnDecoders.photoshop(source, limits, &times)
        (origin, header) = (decoded.origin, decoded.header)
        finish(times)
    }

    // MARK: - Header

    private func require(_ limits: PictureLimits) throws(ImagingError) {
        let limit = pixelsMax(limits)
        guard UInt64(header.width) * UInt64(header.height) <= limit else {
            throw ImagingError.problem(
                .tooManyPixels(format, width: UInt32(header.width), height: UInt32(header.height), limit: limit))
        }
    }

    private func pixelsMax(_ limits: PictureLimits) -> UInt64 {
        if isJPEG { return header.flag("jpeg-multiscan") ? limits.wholePixelsMax : limits.pixelsMax }
        return switch format {
        case .png: header.flag("interlaced") ? limits.wholePixelsMax : limits.pixelsMax
        case .gif: limits.gifPixelsMax
        case .webP, .heic, .avif, .bmp, .jpegXL, .jpeg2000, .psd: limits.wholePixelsMax
        default: limits.pixelsMax
        }
    }

    private var exif: TIFFStructure? { header.bytes("exif-data").flatMap { CaptureTimes.tiff(inExif: $0) } }
    private var exifOrientation: Int? { exif?.first?.number(.orientation) }

    private var isTurned: Bool {
        orientation.map { (5...8).contains($0) } ?? (vips_image_get_orientation_swap(header.image) != 0)
    }

    /// Determines size and time, once the orientation is known.
    private mutating func finish(_ times: CaptureTimes) {
        if !(1...8).contains(orientation ?? 1) { orientation = nil }
        uprightWidth = UInt32(isTurned ? header.height : header.width)
        uprightHeight = UInt32(isTurned ? header.width : header.height)
        var times = times
        // Of a raw file, its own come first.
        times.exif += exif.map { [$0] } ?? []
        let xmp = header.bytes("xmp-data")
        if let xmp, MotionPhotoMark.isIn(xmp: xmp) { notes.append(.motionPhoto) }
        times.xmp += xmp.map { [$0] } ?? []
        times.iptc += header.bytes("iptc-data").map { [$0] } ?? []
        takenAt = times.best
    }
}

import CVips
import ImagingWire

/// What libvips 8.14 takes for something else.
extension PictureFile {
    // MARK: - Before the picture is reduced

    /// Alpha and padding as the file means them.
    func corrected(_ picture: VipsPicture) throws(VipsError) -> VipsPicture {
        if format == .gif, let part = GIFFrame(source)?.partOfCanvas { return try padded(picture, part) }
        if heif?.isPremultiplied == true, picture.bands == 4 { return try divided(picture) }
        guard let tiff, let extra = tiff.number(.extraSamples), picture.bands == 2 || picture.bands > 3 else {
            return picture
        }
        // Unspecified data, which is no alpha (TIFF 6.0, ExtraSamples). libvips divides colours that were multiplied by it.
        let colours = picture.bands < 4 ? 1 : tiff.number(.photometric) == 5 ? 4 : 3
        return extra == 0 && picture.bands > colours ? try bands(colours, of: picture) : picture
    }

    /// The canvas around the first frame is transparent (GIF89a, 18).
    private func padded(
        _ picture: VipsPicture, _ part: (left: Int, top: Int, width: Int, height: Int)
    ) throws(VipsError) -> VipsPicture {
        guard part.left + part.width <= picture.width, part.top + part.height <= picture.height else { return picture }
        var cut = VipsCall("extract_area", [("input", .picture(picture))])
        for (name, value) in [("left", part.left), ("top", part.top), ("width", part.width), ("height", part.height)] {
            cut.set(name, "\(value)")
        }
        var frame = try cut.output()
        if frame.bands == 1 || frame.bands == 3 {
            frame = try VipsCall("bandjoin_const", [("in", .picture(frame)), ("c", .text("255"))]).output()
        }
        var embed = VipsCall("embed", [("in", .picture(frame))])
        for (name, value) in [
            ("x", part.left), ("y", part.top), ("width", picture.width), ("height", picture.height),
        ] {
            embed.set(name, "\(value)")
        }
        return try embed.output()
    }

    private func divided(_ picture: VipsPicture) throws(VipsError) -> VipsPicture {
        let isWide = vips_image_get_format(picture.image) == VIPS_FORMAT_USHORT
        var divide = VipsCall("unpremultiply", [("in", .picture(picture))])
        if isWide { divide.set("max-alpha", "65535") }
        return try VipsCall(
            "cast", [("in", .picture(try divide.output())), ("format", .text(isWide ? "ushort" : "uchar"))]
        ).output()
    }

    private func bands(_ count: Int, of picture: VipsPicture) throws(VipsError) -> VipsPicture {
        try VipsCall(
            "extract_band", [("in", .picture(picture)), ("band", .text("0")), ("n", .text("\(count)"))]
        ).output()
    }

    // MARK: - After it

    /// nil if the colours are those of sRGB, as far as it is known, or are converted by a profile.
    var screenColours: ScreenColours? {
        header.has("icc-profile-data") ? nil : heif?.colour.flatMap { ScreenColours($0) }
    }

    /// Colours that are stated by numbers, not by a profile.
    func inScreenColours(_ picture: VipsPicture) throws(VipsError) -> VipsPicture {
        var picture = picture
        if let heif, heif.isGrey, heif.colour?.isFullRange == false { picture = try withFullRange(picture) }
        if let screenColours, picture.bands >= 3 { picture = try converted(picture, screenColours) }
        if isPlainYCbCr, picture.bands == 3 { picture = try fromYCbCr(picture) }
        return picture
    }

    /// Grey of video range, which libheif 1.15 expands in colour pictures only.
    private func withFullRange(_ picture: VipsPicture) throws(VipsError) -> VipsPicture {
        let isWide = vips_image_get_format(picture.image) == VIPS_FORMAT_USHORT
        let (black, white, most) = isWide ? (64 / 1023.0, 940 / 1023.0, 65_535.0) : (16 / 255.0, 235 / 255.0, 255.0)
        let factor = 1 / (white - black)
        let isAlpha = (0..<picture.bands).map { $0 == picture.bands - 1 && picture.bands % 2 == 0 }
        let stretched = try VipsCall(
            "linear",
            [
                ("in", .picture(picture)), ("a", .text(isAlpha.map { $0 ? "1" : "\(factor)" }.joined(separator: " "))),
                (
                    "b",
                    .text(isAlpha.map { $0 ? "0" : "\(-black * most * factor)" }.joined(separator: " "))
                ),
            ]
        ).output()
        return try VipsCall(
            "cast", [("in", .picture(stretched)), ("format", .text(isWide ? "ushort" : "uchar"))]
        ).output()
    }

    private func converted(_ picture: VipsPicture, _ colours: ScreenColours) throws(VipsError) -> VipsPicture {
        let source = try picture.rendered()
        let pixels: [UInt8]
        let count = source.width * source.height * source.bands
        guard let start = vips_image_get_data(source.image) else { throw VipsError.last() }
        switch vips_image_get_format(source.image) {
        case VIPS_FORMAT_UCHAR:
            let samples = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt8.self), count: count)
            pixels = colours.converted(samples, bands: source.bands, maximum: UInt8.max)
        case VIPS_FORMAT_USHORT:
            let samples = UnsafeBufferPointer(start: start.assumingMemoryBound(to: UInt16.self), count: count)
            pixels = colours.converted(samples, bands: source.bands, maximum: UInt16.max)
        default: return picture
        }
        return try picture.like(source, pixels)
    }

    // MARK: - TIFF

    /// Whether the colours are luminance and chrominance that no decoder converts (TIFF 6.0, section 21).
    private var isPlainYCbCr: Bool {
        tiff?.number(.photometric) == 6 && tiff?.number(.compression) != 7
    }

    /// Variants that would be decoded as something else: chrominance with fewer samples than luminance.
    var isUndecodableTIFF: Bool {
        isPlainYCbCr && tiff?.numbers(.subsampling) != [1, 1]
    }

    /// BT.601, as the default of YCbCrCoefficients.
    private func fromYCbCr(_ picture: VipsPicture) throws(VipsError) -> VipsPicture {
        let source = try picture.rendered()
        var pixels = source.withPixels { Array($0) }
        for start in stride(from: 0, to: pixels.count - 2, by: 3) {
            let (luma, blue, red) = (
                Float(pixels[start]), Float(pixels[start + 1]) - 128, Float(pixels[start + 2]) - 128
            )
            let colour = [luma + 1.402 * red, luma - 0.344136 * blue - 0.714136 * red, luma + 1.772 * blue]
            for band in 0..<3 { pixels[start + band] = UInt8(min(max(colour[band] + 0.5, 0), 255)) }
        }
        return try picture.like(source, pixels)
    }
}

extension VipsPicture {
    /// Eight-bit pixels of the size and bands of a picture.
    fileprivate func like(_ source: VipsPicture, _ pixels: [UInt8]) throws(VipsError) -> VipsPicture {
        try VipsPicture(copying: pixels, width: source.width, height: source.height, bands: source.bands, space: "srgb")
    }
}

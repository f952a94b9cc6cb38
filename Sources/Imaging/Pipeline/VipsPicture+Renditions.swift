import CVips

extension VipsPicture {
    /// Upright, its longer edge at most `edge`, never enlarged; yet to be computed.
    ///
    /// - Parameter convertingColour: From the profile it has to sRGB.
    func reduced(to edge: UInt32, convertingColour: Bool = false) throws(VipsError) -> VipsPicture {
        var call = VipsCall("thumbnail_image", [("in", .picture(self))])
        call.set("width", "\(edge)")
        call.set("height", "\(edge)")
        call.set("size", "down")
        if convertingColour { call.set("export-profile", "srgb") }
        return try call.output()
    }

    /// sRGB in 8 bits with three bands, or four with alpha, whatever it is now.
    func asPlainRGB() throws(VipsError) -> VipsPicture {
        var picture = self
        if vips_image_guess_interpretation(picture.image) != VIPS_INTERPRETATION_sRGB || picture.bands < 3 {
            picture = try VipsCall("colourspace", [("in", .picture(picture)), ("space", .text("srgb"))]).output()
        }
        if vips_image_get_format(picture.image) != VIPS_FORMAT_UCHAR {
            picture = try VipsCall("cast", [("in", .picture(picture)), ("format", .text("uchar"))]).output()
        }
        // More bands than colours and alpha: what they mean is not known.
        if picture.bands > 4 {
            picture = try VipsCall(
                "extract_band", [("in", .picture(picture)), ("band", .text("0")), ("n", .text("3"))]
            ).output()
        }
        guard picture.bands >= 3 else { throw VipsError(message: "\(picture.bands) bands are no colours") }
        return picture
    }
}

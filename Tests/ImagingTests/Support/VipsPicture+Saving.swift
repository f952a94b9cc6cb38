import CVips

@testable import Imaging

extension VipsPicture {
    /// The picture encoded by an operation such as `jpegsave_buffer`.
    func saved(_ name: String, _ options: [(name: String, value: String)] = []) throws -> [UInt8] {
        var call = VipsCall(name, [("in", .picture(self))])
        for option in options { call.set(option.name, option.value) }
        return try call.result { (operation) throws(VipsError) in
            var value = GValue()
            g_value_init(&value, vips_blob_get_type())
            defer { g_value_unset(&value) }
            g_object_get_property(operation, "buffer", &value)
            guard let blob = g_value_get_boxed(&value) else { throw VipsError(message: "\(name) wrote nothing") }
            var count = 0
            let bytes = vips_blob_get(blob.assumingMemoryBound(to: VipsBlob.self), &count)
            return Array(UnsafeRawBufferPointer(start: bytes, count: count))
        }
    }

    /// In another colour space, such as `rgb16`.
    func converted(to space: String) throws -> VipsPicture {
        try VipsCall("colourspace", [("in", .picture(self)), ("space", .text(space))]).output()
    }

    /// Converted to a profile of libvips, which is embedded.
    func converted(toProfile profile: String) throws -> VipsPicture {
        try VipsCall(
            "icc_transform",
            [("in", .picture(self)), ("output-profile", .text(profile)), ("input-profile", .text("srgb"))]
        ).output()
    }

    /// Magnified by a factor.
    func magnified(_ factor: Int) throws -> VipsPicture {
        try VipsCall(
            "zoom", [("input", .picture(self)), ("xfac", .text("\(factor)")), ("yfac", .text("\(factor)"))]
        ).output()
    }

    /// Split into the frames of an animation, from top to bottom.
    func framed(height: Int) throws -> VipsPicture {
        let copy = try VipsCall("copy", [("in", .picture(self))]).output()
        vips_image_set_int(copy.image, "page-height", Int32(height))
        return copy
    }

    /// With another below it.
    func above(_ other: VipsPicture) throws -> VipsPicture {
        try VipsCall(
            "join", [("in1", .picture(self)), ("in2", .picture(other)), ("direction", .text("vertical"))]
        ).output()
    }
}

import CVips

/// An owned reference to an object of libvips.
final class OwnedObject {
    let pointer: UnsafeMutableRawPointer

    /// Takes a reference over.
    init(owning pointer: UnsafeMutableRawPointer) {
        self.pointer = pointer
    }

    deinit {
        g_object_unref(pointer)
    }
}

/// A picture, decoded or yet to be.
struct VipsPicture {
    let object: OwnedObject

    var image: UnsafeMutablePointer<VipsImage> {
        object.pointer.assumingMemoryBound(to: VipsImage.self)
    }

    var width: Int { Int(vips_image_get_width(image)) }
    var height: Int { Int(vips_image_get_height(image)) }
    var bands: Int { Int(vips_image_get_bands(image)) }

    func has(_ field: String) -> Bool {
        vips_image_get_typeof(image, field) != 0
    }

    /// Whether a field of a number is there and is not 0.
    func flag(_ field: String) -> Bool {
        var value: Int32 = 0
        guard has(field), vips_image_get_int(image, field, &value) == 0 else {
            vips_error_clear()
            return false
        }
        return value != 0
    }

    /// A field of bytes; nil if there is none.
    func bytes(_ field: String) -> [UInt8]? {
        var start: UnsafeRawPointer?
        var count = 0
        guard has(field), vips_image_get_blob(image, field, &start, &count) == 0 else {
            vips_error_clear()
            return nil
        }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// Computes all its pixels.
    func rendered() throws(VipsError) -> VipsPicture {
        guard let copy = vips_image_copy_memory(image) else { throw VipsError.taken() }
        return VipsPicture(object: OwnedObject(owning: copy))
    }

    /// The pixels of a rendered picture: rows without gaps, a byte a band.
    func withPixels<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let start = vips_image_get_data(image)
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : width * height * bands))
    }
}

/// What libvips had to say.
struct VipsError: Error {
    let message: String

    /// Empties the buffer that libvips keeps its errors in.
    static func taken() -> VipsError {
        guard let text = vips_error_buffer_copy() else { return VipsError(message: "") }
        defer { g_free(text) }
        return VipsError(message: String(cString: text))
    }
}

import CVips

/// An owned reference to a libvips object.
final class OwnedObject {
    let pointer: UnsafeMutableRawPointer

    /// Takes ownership of a reference.
    init(owning pointer: UnsafeMutableRawPointer) {
        self.pointer = pointer
    }

    deinit {
        g_object_unref(pointer)
    }
}

/// A picture; its pixels may be computed on demand.
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

    /// Whether an integer field exists and is not 0.
    func flag(_ field: String) -> Bool {
        var value: Int32 = 0
        guard has(field), vips_image_get_int(image, field, &value) == 0 else {
            vips_error_clear()
            return false
        }
        return value != 0
    }

    /// A blob field; nil if it does not exist.
    func bytes(_ field: String) -> [UInt8]? {
        var start: UnsafeRawPointer?
        var count = 0
        guard has(field), vips_image_get_blob(image, field, &start, &count) == 0 else {
            vips_error_clear()
            return nil
        }
        return Array(UnsafeRawBufferPointer(start: start, count: count))
    }

    /// A copy in memory with all pixels computed.
    func rendered() throws(VipsError) -> VipsPicture {
        guard let copy = vips_image_copy_memory(image) else { throw VipsError.last() }
        return VipsPicture(object: OwnedObject(owning: copy))
    }

    /// The pixels of a rendered picture: rows without padding, one byte per band.
    func withPixels<Value, Failure: Error>(
        _ body: (UnsafeRawBufferPointer) throws(Failure) -> Value
    ) throws(Failure) -> Value {
        let start = vips_image_get_data(image)
        return try body(UnsafeRawBufferPointer(start: start, count: start == nil ? 0 : width * height * bands))
    }
}

/// An error of libvips.
struct VipsError: Error {
    let message: String

    /// The content of libvips' error buffer, which is cleared.
    static func last() -> VipsError {
        guard let text = vips_error_buffer_copy() else { return VipsError(message: "") }
        defer { g_free(text) }
        return VipsError(message: String(cString: text))
    }
}

/// A source for loaders that reads from a descriptor.
struct VipsFile {
    let object: OwnedObject

    /// Keeps a duplicate of the descriptor.
    init(descriptor: Int32) throws(VipsError) {
        guard let source = vips_source_new_from_descriptor(descriptor) else { throw VipsError.last() }
        object = OwnedObject(owning: source)
    }

    /// Keeps a copy of the bytes.
    init(_ bytes: [UInt8]) throws(VipsError) {
        guard let blob = vips_blob_copy(bytes, bytes.count) else { throw VipsError.last() }
        defer { vips_area_unref(UnsafeMutableRawPointer(blob).assumingMemoryBound(to: VipsArea.self)) }
        guard let source = vips_source_new_from_blob(blob) else { throw VipsError.last() }
        object = OwnedObject(owning: source)
    }
}

extension VipsPicture {
    /// Eight-bit pixels, of which a copy is kept: rows without padding, bands interleaved.
    init(
        _ pixels: UnsafeBufferPointer<UInt8>, width: Int, height: Int, bands: Int, space: String
    ) throws(VipsError) {
        let image = vips_image_new_from_memory_copy(
            pixels.baseAddress, pixels.count, Int32(width), Int32(height), Int32(bands), VIPS_FORMAT_UCHAR)
        guard let image else { throw VipsError.last() }
        let plain = VipsPicture(object: OwnedObject(owning: image))
        self = try VipsCall("copy", [("in", .picture(plain)), ("interpretation", .text(space))]).output()
    }

    /// The same, of an array.
    init(copying pixels: [UInt8], width: Int, height: Int, bands: Int, space: String) throws(VipsError) {
        let made: Result<VipsPicture, VipsError> = pixels.withUnsafeBufferPointer { buffer in
            do throws(VipsError) {
                return .success(try VipsPicture(buffer, width: width, height: height, bands: bands, space: space))
            } catch {
                return .failure(error)
            }
        }
        self = try made.get()
    }

    /// A copy with an integer field.
    func with(_ field: String, _ value: Int) throws(VipsError) -> VipsPicture {
        let copy = try VipsCall("copy", [("in", .picture(self))]).output()
        vips_image_set_int(copy.image, field, Int32(value))
        return copy
    }

    /// A copy with a blob field.
    func with(_ field: String, _ bytes: [UInt8]) throws(VipsError) -> VipsPicture {
        let copy = try VipsCall("copy", [("in", .picture(self))]).output()
        vips_image_set_blob_copy(copy.image, field, bytes, bytes.count)
        return copy
    }

    /// A copy without a field.
    func without(_ field: String) throws(VipsError) -> VipsPicture {
        let copy = try VipsCall("copy", [("in", .picture(self))]).output()
        _ = vips_image_remove(copy.image, field)
        return copy
    }
}

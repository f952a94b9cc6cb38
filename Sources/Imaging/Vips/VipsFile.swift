import CVips

/// A file that loaders read from, by its descriptor.
struct VipsFile {
    let object: OwnedObject

    /// Keeps a duplicate of the descriptor.
    init(descriptor: Int32) throws(VipsError) {
        guard let source = vips_source_new_from_descriptor(descriptor) else { throw VipsError.taken() }
        object = OwnedObject(owning: source)
    }
}

import CVips
import ImagingWire

/// A libvips operation by name. The C functions for operations are variadic, which Swift cannot call; this uses the
/// object API below them.
struct VipsCall {
    enum Argument {
        /// A number, a boolean or the nick of an enumeration value, parsed by libvips.
        case text(String)
        case picture(VipsPicture)
        case file(VipsFile)
    }

    let name: String
    private(set) var arguments: [(name: String, value: Argument)]

    init(_ name: String, _ arguments: [(name: String, value: Argument)]) {
        self.name = name
        self.arguments = arguments
    }

    mutating func set(_ name: String, _ value: String) {
        arguments.append((name, .text(value)))
    }

    /// Builds the operation and returns its output; the pixels are computed on demand.
    func output() throws(VipsError) -> VipsPicture {
        try result { (operation) throws(VipsError) in
            var value = GValue()
            g_value_init(&value, vips_image_get_type())
            defer { g_value_unset(&value) }
            g_object_get_property(operation, "out", &value)
            guard let output = g_value_dup_object(&value) else { throw VipsError(message: "\(name) has no output") }
            return VipsPicture(object: OwnedObject(owning: output))
        }
    }

    /// Builds the operation and reads its properties.
    func result<Value>(
        _ read: (UnsafeMutablePointer<GObject>) throws(VipsError) -> Value
    ) throws(VipsError) -> Value {
        guard let new = vips_operation_new(name) else { throw VipsError.last() }
        // Building may return another operation and release the first.
        var built: UnsafeMutablePointer<VipsOperation>? = new
        defer { if let built { g_object_unref(built) } }
        for (name, value) in arguments { try Self.set(name, value, of: new) }
        guard vips_cache_operation_buildp(&built) == 0, let built else { throw VipsError.last() }
        let object = UnsafeMutableRawPointer(built)
        defer { vips_object_unref_outputs(object.assumingMemoryBound(to: VipsObject.self)) }
        return try read(object.assumingMemoryBound(to: GObject.self))
    }

    private static func set(
        _ name: String, _ value: Argument, of operation: UnsafeMutablePointer<VipsOperation>
    ) throws(VipsError) {
        let object = UnsafeMutableRawPointer(operation)
        switch value {
        case .text(let text):
            let target = object.assumingMemoryBound(to: VipsObject.self)
            guard vips_object_set_argument_from_string(target, name, text) == 0 else { throw VipsError.last() }
        case .picture(let picture): assign(picture.object, vips_image_get_type(), to: name, of: object)
        case .file(let file): assign(file.object, vips_source_get_type(), to: name, of: object)
        }
    }

    private static func assign(
        _ value: OwnedObject, _ type: GType, to name: String, of object: UnsafeMutableRawPointer
    ) {
        var holder = GValue()
        g_value_init(&holder, type)
        g_value_set_object(&holder, value.pointer)
        g_object_set_property(object.assumingMemoryBound(to: GObject.self), name, &holder)
        g_value_unset(&holder)
    }
}

/// Global state of libvips. One thread per picture: decoding several pictures at once costs less than several threads
/// for one.
package enum VipsLibrary {
    /// Loads the library and the loaders of all supported formats, so that no file is opened later.
    ///
    /// - Returns: Whether it succeeded.
    package static func start() -> Bool {
        guard vips_init("wharf-imaging") == 0 else { return false }
        // Silences warnings about single pictures.
        for domain in ["VIPS", "GLib-GObject", "GLib"] {
            g_log_set_handler(domain, G_LOG_LEVEL_WARNING, { _, _, _, _ in }, nil)
        }
        vips_block_untrusted_set(1)
        // Two that libvips 8.14 counts among the untrusted, and the sandbox contains as it does the others.
        for loader in ["VipsForeignLoadJxl", "VipsForeignLoadJp2k"] { vips_operation_block_set(loader, 0) }
        vips_concurrency_set(1)
        vips_cache_set_max(0)
        vips_cache_set_max_mem(0)
        vips_cache_set_max_files(0)
        return PictureFormat.allCases.allSatisfy { $0.loader == nil || hasLoader($0) || $0.isOptional }
    }

    /// Turns off the loops that are compiled when they are needed, for which memory is written to and executed.
    package static func compileNothing() {
        vips_vector_set_enabled(0)
    }

    /// Creating an operation registers its class, which saves each child process from doing so.
    static func hasLoader(_ format: PictureFormat) -> Bool {
        guard let loader = format.loader, let operation = vips_operation_new(loader) else {
            vips_error_clear()
            return false
        }
        g_object_unref(operation)
        return true
    }
}

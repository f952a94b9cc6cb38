import CVips

/// A call of libvips by its name. Its C functions are variadic, which Swift cannot call; what they do inside can be.
struct VipsCall {
    enum Argument {
        /// A number, a truth value or the nick of an enumeration, as libvips parses it.
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

    /// Builds the operation and takes its output, which is computed when somebody asks for pixels.
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
        guard let new = vips_operation_new(name) else { throw VipsError.taken() }
        // Building may give another operation back, and lets go of the first then.
        var built: UnsafeMutablePointer<VipsOperation>? = new
        defer { if let built { g_object_unref(built) } }
        for (name, value) in arguments { try Self.set(name, value, of: new) }
        guard vips_cache_operation_buildp(&built) == 0, let built else { throw VipsError.taken() }
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
            guard vips_object_set_argument_from_string(target, name, text) == 0 else { throw VipsError.taken() }
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

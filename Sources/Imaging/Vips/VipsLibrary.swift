import CVips
import ImagingWire

/// The library as a whole. One thread a picture: the pool decodes several pictures at once, which costs less than sharing
/// one among threads.
package enum VipsLibrary {
    /// Loads the library and what it needs for the formats that are derived, so that no file has to be opened later.
    ///
    /// - Returns: Whether it can be used.
    package static func start() -> Bool {
        guard vips_init("wharf-imaging") == 0 else { return false }
        // Warnings about single pictures are of no use to anybody and would be output.
        for domain in ["VIPS", "GLib-GObject", "GLib"] {
            g_log_set_handler(domain, G_LOG_LEVEL_WARNING, { _, _, _, _ in }, nil)
        }
        vips_block_untrusted_set(1)
        vips_concurrency_set(1)
        vips_cache_set_max(0)
        vips_cache_set_max_mem(0)
        vips_cache_set_max_files(0)
        return PictureFormat.allCases.allSatisfy { hasLoader($0) }
    }

    /// Making an operation and throwing it away registers its class, which each picture's process would have to do again.
    private static func hasLoader(_ format: PictureFormat) -> Bool {
        guard let operation = vips_operation_new(format.loader) else {
            vips_error_clear()
            return false
        }
        g_object_unref(operation)
        return true
    }
}

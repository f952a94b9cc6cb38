package import ImagingWire

/// Why there are no derivatives of a picture.
package enum ImagingError: Error {
    case problem(PictureProblem)
    /// Nothing that the picture is to blame for.
    case failed(String)
}

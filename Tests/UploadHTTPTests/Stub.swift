import UploadHTTP
import Testing

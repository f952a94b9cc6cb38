import UploadClient
import Testing

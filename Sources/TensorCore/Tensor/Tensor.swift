/// An immutable n-dimensional array, and the library's only array type.
///
/// The element type is a run-time value (``DType``), the elements are contiguous in row-major order, image tensors are
/// `[N, H, W, C]`. Copying a tensor copies a reference. A tensor that depends on a ``Parameter`` or on
/// ``requiringGradient()`` remembers how it was made (its *graph*), unless it was computed under ``withoutGradients(_:)``.
///
/// A shape mistake is a programming error: the operation traps with its name and the shapes. Data from outside is
/// checked where it enters (files, images, checkpoints), with thrown errors.
public struct Tensor: Sendable {
    /// Memory, shape and type.
    public let buffer: TensorBuffer
    /// The place in the graph; nil for constants.
    let node: Node?

    init(buffer: TensorBuffer, node: Node? = nil) {
        self.buffer = buffer
        self.node = node
    }

    /// The extents.
    public var shape: Shape { buffer.shape }
    /// The element type.
    public var dtype: DType { buffer.dtype }
    /// The number of axes.
    public var rank: Int { buffer.shape.rank }
    /// The number of elements.
    public var count: Int { buffer.shape.elementCount }
    /// What computes where the tensor lives.
    public var backend: any Backend { buffer.storage.backend }
    /// Whether gradients flow from this tensor to a leaf.
    public var requiresGradient: Bool { node != nil }

    /// Memory for a result beside this tensor, contents undefined.
    func makeBuffer(_ shape: Shape, _ dtype: DType? = nil) -> TensorBuffer {
        TensorBuffer.allocated(shape, dtype ?? self.dtype, on: backend)
    }
}

extension TensorBuffer {
    static func allocated(_ shape: Shape, _ dtype: DType, on backend: any Backend) -> TensorBuffer {
        let storage = backend.allocate(byteCount: dtype.byteCount(of: shape))
        return TensorBuffer(storage: storage, shape: shape, dtype: dtype)
    }
}

/// Traps with one line that names the operation. Shape mistakes are programming errors.
@inline(__always)
func require(
    _ condition: Bool, _ operation: StaticString, _ message: @autoclosure () -> String,
    file: StaticString = #fileID, line: UInt = #line
) {
    if !condition { failure(operation, message(), file: file, line: line) }
}

/// The one place where the library traps; names the module being run where there is one.
func failure(_ operation: StaticString, _ message: String, file: StaticString = #fileID, line: UInt = #line) -> Never {
    let path = ModulePath.current.map { " in \($0)" } ?? ""
    fatalError("\(operation)\(path): \(message)", file: file, line: line)
}

/// The module path that shape errors print, set by models around their parts.
public enum ModulePath {
    @TaskLocal static var current: String?

    /// Runs `body` with `name` in the messages of failing operations.
    public static func named<Result>(_ name: String, _ body: () throws -> Result) rethrows -> Result {
        try $current.withValue(name, operation: body)
    }
}

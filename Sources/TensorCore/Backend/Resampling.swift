/// A sparse matrix `[outputs, inputs]` in compressed rows: how one axis is resampled.
///
/// Every resize mode is two of these, and the derivative is their transposes.
public struct ResamplingMatrix: Sendable, Hashable {
    /// Input extent.
    public var inputs: Int
    /// `outputs + 1` offsets into ``indices``.
    public var rowStarts: [Int32]
    /// Input positions.
    public var indices: [Int32]
    /// Their weights.
    public var weights: [Float]

    /// Makes a matrix from rows of (position, weight) pairs.
    public init(inputs: Int, rows: [[(Int, Float)]]) {
        self.inputs = inputs
        rowStarts = [0]
        indices = []
        weights = []
        for row in rows {
            for (position, weight) in row {
                indices.append(Int32(position))
                weights.append(weight)
            }
            rowStarts.append(Int32(indices.count))
        }
    }

    /// Output extent.
    public var outputs: Int { rowStarts.count - 1 }

    /// The transposed matrix.
    public var transposed: ResamplingMatrix {
        var rows = [[(Int, Float)]](repeating: [], count: inputs)
        for output in 0..<outputs {
            for entry in Int(rowStarts[output])..<Int(rowStarts[output + 1]) {
                rows[Int(indices[entry])].append((output, weights[entry]))
            }
        }
        return ResamplingMatrix(inputs: outputs, rows: rows)
    }
}

/// A ``ResamplingMatrix`` with what backends derive from it: packed or uploaded once, kept as long as the handle.
public final class Resampling: Sendable {
    /// The numbers.
    public let matrix: ResamplingMatrix
    private let forms = Guarded<[ObjectIdentifier: any AnyObject & Sendable]>([:])
    private let adjoint = Guarded<Resampling?>(nil)

    /// Makes a handle; those who resample with one matrix more than once keep it.
    public init(_ matrix: ResamplingMatrix) { self.matrix = matrix }

    /// The transposed matrix, for the derivative; made once.
    public var transposed: Resampling {
        adjoint.withLock { known in
            if let known { return known }
            let made = Resampling(matrix.transposed)
            known = made
            return made
        }
    }

    /// What `backend` keeps of the matrix: made by the first caller, shared by the rest.
    public func cached<Form: AnyObject & Sendable>(for backend: any Backend, _ make: (ResamplingMatrix) -> Form) -> Form {
        forms.withLock { forms in
            let key = ObjectIdentifier(backend)
            if let form = forms[key] as? Form { return form }
            let form = make(matrix)
            forms[key] = form
            return form
        }
    }
}

internal import Synchronization

/// The pictures that were drawn last: who asks for a picture asks for its labels next.
final class ShapeDrawings: Sendable {
    /// Bytes that are kept at most, but for the last picture.
    private static let capacity = 16 << 20

    private let shapes: Shapes5i
    private let count: Int
    private let last = Mutex<[(id: Shapes5i.ID, rendering: Shapes5i.Rendering)]>([])

    init(_ shapes: Shapes5i) {
        self.shapes = shapes
        let bytes = shapes.imageSize * shapes.imageSize * 5
        count = max(1, Self.capacity / bytes)
    }

    /// Draws a picture, or finds it. Two tasks that ask at once may both draw it: they get the same.
    func rendering(_ id: Shapes5i.ID) -> Shapes5i.Rendering {
        if let known = last.withLock({ $0.first { $0.id == id } }) { return known.rendering }
        let rendering = shapes.render(id)
        last.withLock {
            if $0.count >= count { $0.removeFirst() }
            $0.append((id, rendering))
        }
        return rendering
    }
}

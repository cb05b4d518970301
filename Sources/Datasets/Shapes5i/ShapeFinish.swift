/// The last steps of a picture: light, camera, 8-bit samples and labels.
extension ShapeScene {
    /// Draws the scene.
    ///
    /// - Parameters:
    ///   - size: pixels along each side.
    ///   - voidBorder: the width in pixels of the unlabelled rim along object outlines.
    func render(size: Int, voidBorder: Int) -> Shapes5i.Rendering {
        var canvas = ShapeCanvas(size: size)
        canvas.paint(backdrop)
        paintObjects(on: &canvas)
        let instances = instances(canvas, voidBorder: voidBorder)
        return Shapes5i.Rendering(
            image: RGBImage(height: size, width: size, pixels: develop(canvas)), labels: labels(instances),
            instances: instances, classIDs: objects.map(\.classID))
    }

    /// The labels of ``render(size:voidBorder:)`` without the picture, at a fifth of its cost.
    func labels(size: Int, voidBorder: Int) -> LabelMap {
        var canvas = ShapeCanvas(size: size, hasColors: false)
        paintObjects(on: &canvas)
        return labels(instances(canvas, voidBorder: voidBorder))
    }

    private func paintObjects(on canvas: inout ShapeCanvas) {
        for object in objects { canvas.paint(object, lighting: lighting) }
        for stroke in foreground { canvas.paint(stroke) }
    }

    private func instances(_ canvas: ShapeCanvas, voidBorder: Int) -> LabelMap {
        var instances = canvas.instances()
        ShapeScene.addVoidBorder(to: &instances, size: canvas.size, width: voidBorder)
        return LabelMap(height: canvas.size, width: canvas.size, values: instances)
    }

    private func labels(_ instances: LabelMap) -> LabelMap {
        let classes = objects.map { UInt8($0.classID) }
        let values = instances.values.map { $0 == 0 || $0 == LabelMap.ignore ? $0 : classes[Int($0) - 1] }
        return LabelMap(height: instances.height, width: instances.width, values: values)
    }

    /// Marks every pixel that has another instance within `width` pixels as void.
    private static func addVoidBorder(to instances: inout [UInt8], size: Int, width: Int) {
        guard width > 0 else { return }
        let sharp = instances
        for row in 0..<size {
            for column in 0..<size {
                let own = sharp[row * size + column]
                let rows = max(row - width, 0)...min(row + width, size - 1)
                let columns = max(column - width, 0)...min(column + width, size - 1)
                let mixed = rows.contains { y in columns.contains { x in sharp[y * size + x] != own } }
                if mixed { instances[row * size + column] = LabelMap.ignore }
            }
        }
    }

    func develop(_ canvas: ShapeCanvas) -> [UInt8] {
        let size = canvas.size
        var colors = canvas.colors
        for row in 0..<size {
            for column in 0..<size {
                let place = canvas.position(column: column, row: row) - PlaneVector(0.5, 0.5)
                colors[row * size + column] = exposed(colors[row * size + column], at: place)
            }
        }
        if lighting.blur > 0 { ShapeScene.blur(&colors, size: size, outer: lighting.blur) }
        var random = ShapeRandom(keys: [noiseKey, UInt64(size)])
        var pixels = [UInt8](repeating: 0, count: size * size * 3)
        for (index, color) in colors.enumerated() {
            let offset = index * 3
            let first = random.next()
            let second = random.next()
            pixels[offset] = ShapeScene.sample(color.red, noise: first, scale: lighting.noise)
            pixels[offset + 1] = ShapeScene.sample(color.green, noise: first >> 32, scale: lighting.noise)
            pixels[offset + 2] = ShapeScene.sample(color.blue, noise: second, scale: lighting.noise)
        }
        return pixels
    }

    private func exposed(_ color: ShapeColor, at place: PlaneVector) -> ShapeColor {
        let light = lighting.brightness * (1 + 2 * lighting.gradient * place.dot(lighting.direction))
        let gain = light * lighting.contrast
        let lift = 0.5 - 0.5 * lighting.contrast
        return ShapeColor(
            color.red * lighting.balance.red * gain + lift,
            color.green * lighting.balance.green * gain + lift,
            color.blue * lighting.balance.blue * gain + lift)
    }

    /// Three taps along rows, then along columns; the border pixel repeats.
    private static func blur(_ colors: inout [ShapeColor], size: Int, outer: Float) {
        let inner = 1 - 2 * outer
        for (stride, cross) in [(1, size), (size, 1)] {
            for line in 0..<size {
                var before = colors[line * cross]
                for step in 0..<size {
                    let index = line * cross + step * stride
                    let here = colors[index]
                    let after = step + 1 < size ? colors[index + stride] : here
                    colors[index] = here.scaled(inner) + (before + after).scaled(outer)
                    before = here
                }
            }
        }
    }

    /// An 8-bit sample with noise: four bytes of the random word add up to nearly a normal deviate.
    private static func sample(_ value: Float, noise: UInt64, scale: Float) -> UInt8 {
        let low = Int(noise & 0xFF) + Int((noise >> 8) & 0xFF)
        let high = Int((noise >> 16) & 0xFF) + Int((noise >> 24) & 0xFF)
        // The sum of four bytes has mean 510 and standard deviation 147.8.
        let deviate = Float(low + high - 510) / 147.8
        let noisy = ShapeMath.clamp(value + deviate * scale)
        return UInt8(noisy * 255 + 0.5)
    }
}

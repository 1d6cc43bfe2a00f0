// The selective scan by its step region, against NumPy.
// RUN: braid-reference-test %s %S/Inputs/selective-scan.safetensors

func.func @selective_scan(%x: tensor<?x6xf64>, %dt: tensor<?x6xf64>, %b: tensor<?x5xf64>, %c: tensor<?x5xf64>,
                          %a: tensor<6x5xf64>, %d: tensor<6xf64>, %bias: tensor<6xf64>, %rows: !braid.rows<segment>) {
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x6xf64>, tensor<?x6xf64>, tensor<?x5xf64>, tensor<?x5xf64>, tensor<6x5xf64>, tensor<6xf64>, tensor<6xf64>,
       !braid.rows<segment>) -> tensor<?x6xf64>
  return
}
func.func @selective_scan_one_state(%x: tensor<?x3xf64>, %dt: tensor<?x3xf64>, %b: tensor<?x1xf64>, %c: tensor<?x1xf64>,
                                    %a: tensor<3x1xf64>, %d: tensor<3xf64>, %bias: tensor<3xf64>,
                                    %rows: !braid.rows<segment>) {
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x3xf64>, tensor<?x3xf64>, tensor<?x1xf64>, tensor<?x1xf64>, tensor<3x1xf64>, tensor<3xf64>, tensor<3xf64>,
       !braid.rows<segment>) -> tensor<?x3xf64>
  return
}
func.func @selective_scan_hard(%x: tensor<?x4xf64>, %dt: tensor<?x4xf64>, %b: tensor<?x7xf64>, %c: tensor<?x7xf64>,
                               %a: tensor<4x7xf64>, %d: tensor<4xf64>, %bias: tensor<4xf64>, %rows: !braid.rows<segment>) {
  %y = braid.selective_scan %x, %dt, %b, %c, %a, %d, %bias rows(%rows)
    : (tensor<?x4xf64>, tensor<?x4xf64>, tensor<?x7xf64>, tensor<?x7xf64>, tensor<4x7xf64>, tensor<4xf64>, tensor<4xf64>,
       !braid.rows<segment>) -> tensor<?x4xf64>
  return
}

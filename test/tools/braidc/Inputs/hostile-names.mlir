braid.weight @"layers.0.</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>" : tensor<8x16xf32> init {kind = "constant", value = 1.0 : f64}
func.func @"</script><script>window.pwned = 1</script><!--"(%x: tensor<?x16xf32>) -> tensor<?x8xf32> {
  %w = braid.get_weight @"layers.0.</script><script>window.pwned = 1</script><img src=x onerror='window.pwned = 1'>" : tensor<8x16xf32>
  %y = braid.linear %x, %w : (tensor<?x16xf32>, tensor<8x16xf32>) -> tensor<?x8xf32>
  return %y : tensor<?x8xf32>
}

"""What one recorded step cannot show: other batches, several steps, the way back, a model beside it."""

from pack.inner import act
